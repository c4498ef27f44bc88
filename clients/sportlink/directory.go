package sportlink

import (
	"context"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/team"
)

// directory has the teams that the site lists, by which a row of a history names one.
type directory struct {
	ids   map[string]bool
	names map[string]string // ids by folded name; "" where two have the name
}

func directoryOf(teams []connector.Item) directory {
	d := directory{map[string]bool{}, map[string]string{}}
	for _, t := range teams {
		id, name := string(t.ID), strings.ToLower(t.Fields[team.Name])
		d.ids[id] = true
		if _, twice := d.names[name]; twice {
			id = ""
		}
		d.names[name] = id
	}
	return d
}

// readDirectory reads which teams a history may name.
func (a *account) readDirectory(ctx context.Context, p browserworker.Page) error {
	listed, err := a.readTeamLists(ctx, p, map[record.ExternalID]listedTeam{})
	if err == nil {
		a.known, a.knownOn = directoryOf(listed.Items), a.Host.Now()
	}
	return err
}

// team is the id of the team that a row names, by its id, by its game and name, or by its
// name alone; "" where no team of the lists is the one.
func (d directory) team(row stint) string {
	if id := plain(row.PublicTeamId); d.ids[id] {
		return id
	}
	name := strings.ToLower(plain(row.TeamName))
	game := strings.TrimPrefix(strings.ToLower(plain(row.GameTypeDescription)), "veld - ")
	if id := d.names[strings.TrimSpace(game+" "+name)]; id != "" {
		return id
	}
	return d.names[name]
}
