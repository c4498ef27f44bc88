package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
	"github.com/touchline-sync/touchline/cmd/touchline/internal/proc"
)

// startSimulated starts the simulators, a server and a browser worker, each of
// the latter a process of its own.
func (d *demo) startSimulated(ctx context.Context) error {
	if _, err := app.FindRuntime(ctx, app.Worker{}); err != nil {
		return err
	}
	photos := d.pipeline != ""
	d.pipeline, d.meanwhile, d.judge = "people", d.clubMeanwhile, d.clubJudge
	infos, err := d.simulate("club", func(name string) int {
		if name == "sportlink" || name == "nikki" {
			return d.members
		}
		return 0
	})
	if err != nil {
		return err
	}
	d.say("%d invented members, seed %d; the delays that spare real systems are shortened to 1 ms", d.members, d.seed)
	if err := d.chooseAddress(ctx); err != nil {
		return err
	}
	env := append(d.environment(), clubEnvironment(infos)...)
	if !photos { // a page of each member: the demonstration is of hundreds
		env = append(env, "TOUCHLINE_SYSTEMS_SPORTLINK_NO_PHOTOS=true")
	}
	if err := d.serveAndAwait(ctx, env); err != nil {
		return err
	}
	return d.child("worker", env)
}

// simulate starts the simulators of a family; members says how many people each
// is born with.
func (d *demo) simulate(family string, members func(name string) int) (map[string]clients.SimInfo, error) {
	infos := map[string]clients.SimInfo{}
	for _, name := range clients.SimulatorsOf(family) {
		n := members(name)
		sim, info, err := clients.StartSimulator(name, clients.SimOptions{Seed: d.seed, Members: n, Former: n / 10})
		if err != nil {
			return nil, err
		}
		d.closers = append(d.closers, sim.Close)
		infos[name] = info
		d.sims[name] = clients.SimRemote{Info: info}
		d.say("%-10s simulated at %s", name, strings.Join(addresses(info), " "))
		d.notes = append(d.notes, fmt.Sprintf("curl -H 'Authorization: Bearer %s' %s/writes   # what %s has accepted",
			info.ControlToken, info.Control, name))
	}
	return infos, nil
}

// serveAndAwait starts the server, and waits until it answers.
func (d *demo) serveAndAwait(ctx context.Context, env []string) error {
	if err := d.child("serve", env); err != nil {
		return err
	}
	if err := d.await(ctx); err != nil {
		return err
	}
	return d.access(ctx)
}

func addresses(info clients.SimInfo) []string {
	var out []string
	for _, a := range info.Addresses {
		out = append(out, a)
	}
	return out
}

// chooseAddress chooses where the API listens: where it was told to, else at the
// address of the manual if nobody listens there, else at a port that is free now.
func (d *demo) chooseAddress(ctx context.Context) error {
	wanted := []string{app.Defaults().Server.Listen, "127.0.0.1:0"}
	if d.listen != "" {
		wanted = []string{d.listen}
	}
	var err error
	for _, address := range wanted {
		var l net.Listener
		if l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address); err == nil {
			d.address = l.Addr().String()
			return l.Close()
		}
	}
	return fmt.Errorf("choose where the API listens (--listen): %w", err)
}

// environment are the settings of the children but for those of the systems:
// nothing of the caller's own settings.
func (d *demo) environment() []string {
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "TOUCHLINE_") {
			env = append(env, e)
		}
	}
	set := func(key, value string) { env = append(env, "TOUCHLINE_"+key+"="+value) }
	seal := make([]byte, 32)
	_, _ = rand.Read(seal)
	set("DATA_DIR", d.data())
	set("SERVER_LISTEN", d.address)
	set("SEAL_KEY", hex.EncodeToString(seal))
	set("SCHEDULE_ENABLED", "false")
	set("DATABASE_FLUSH_STATISTICS", "true")
	set("LOG_LEVEL", "warn")
	return env
}

// clubEnvironment has the simulators in place of the real systems.
func clubEnvironment(infos map[string]clients.SimInfo) (env []string) {
	set := func(key, value string) { env = append(env, "TOUCHLINE_"+key+"="+value) }
	sp, ni := infos["sportlink"], infos["nikki"]
	la, ro, fs := infos["laposta"], infos["rondoclub"], infos["freescout"]
	set("SYSTEMS_SPORTLINK_BASE_URL", sp.Addresses["club"])
	set("SYSTEMS_SPORTLINK_AUTH_URLS", sp.Addresses["idm"])
	set("SYSTEMS_SPORTLINK_USERNAME", sp.Credentials["username"])
	set("SYSTEMS_SPORTLINK_PASSWORD", sp.Credentials["password"])
	set("SYSTEMS_SPORTLINK_OTP_SECRET", sp.Credentials["otp_secret"])
	set("SYSTEMS_SPORTLINK_DELAY_MIN", "1ms")
	set("SYSTEMS_SPORTLINK_DELAY_MAX", "1ms")
	set("SYSTEMS_SPORTLINK_PHOTO_URLS", sp.Addresses["bin"])
	set("SYSTEMS_SPORTLINK_TIMEOUTS_SETTLE", "300ms")
	set("SYSTEMS_SPORTLINK_WITH_INVOICE", "true")
	set("SYSTEMS_NIKKI_BASE_URL", ni.Addresses["nikki"])
	set("SYSTEMS_NIKKI_USERNAME", ni.Credentials["username"])
	set("SYSTEMS_NIKKI_PASSWORD", ni.Credentials["password"])
	set("SYSTEMS_NIKKI_OTP_SECRET", ni.Credentials["otp_secret"])
	set("SYSTEMS_NIKKI_DELAY_MIN", "1ms")
	set("SYSTEMS_NIKKI_DELAY_MAX", "1ms")
	set("SYSTEMS_LAPOSTA_BASE_URL", la.Addresses["api"])
	set("SYSTEMS_LAPOSTA_API_KEY", la.Credentials["api_key"])
	set("SYSTEMS_LAPOSTA_LISTS", strings.Join([]string{
		la.Credentials["list_1"], la.Credentials["list_2"], la.Credentials["list_3"], la.Credentials["list_4"],
	}, ","))
	set("SYSTEMS_LAPOSTA_IP", la.Credentials["ip"])
	set("SYSTEMS_LAPOSTA_DELAY", "1ms")
	set("SYSTEMS_LAPOSTA_PER_MINUTE", "60000")
	set("SYSTEMS_FREESCOUT_BASE_URL", fs.Addresses["api"])
	set("SYSTEMS_FREESCOUT_API_KEY", fs.Credentials["api_key"])
	set("SYSTEMS_FREESCOUT_WEBHOOK_SECRET", fs.Credentials["webhook_secret"])
	for field, number := range map[string]string{"UNION_TEAMS": "1", "PUBLIC_PERSON_ID": "4", "MEMBER_SINCE": "5", "RELATION_END": "9"} {
		set("SYSTEMS_FREESCOUT_FIELD_"+field, number)
	}
	set("SYSTEMS_RONDOCLUB_BASE_URL", ro.Addresses["api"])
	set("SYSTEMS_RONDOCLUB_USERNAME", ro.Credentials["username"])
	set("SYSTEMS_RONDOCLUB_APP_PASSWORD", ro.Credentials["app_password"])
	set("SYSTEMS_RONDOCLUB_CONTRIBUTION_DELAY", "1ms")
	set("SYSTEMS_RONDOCLUB_PHOTO_DELAY", "1ms")
	return env
}

func (d *demo) data() string { return filepath.Join(d.dir, "data") }

// child starts a verb of this program as a process that is kept alive.
func (d *demo) child(verb string, env []string) error {
	c, err := proc.Start(proc.Options{
		Name: verb, Args: []string{verb}, Env: env, Stderr: d.cmd.ErrOrStderr(), Log: d.log,
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", verb, err)
	}
	d.say("%-10s is process %d", verb, c.PID())
	d.closers = append(d.closers, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(d.cmd.Context()), stopWithin)
		defer cancel()
		return c.Stop(ctx)
	})
	return nil
}

// await waits until the server answers and its database can be read.
func (d *demo) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.address, nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the server did not come up within a minute; its messages are above")
		}
	}
	s := app.Defaults()
	s.DataDir = d.data()
	db, err := app.AwaitDatabase(ctx, s, d.log)
	if err != nil {
		return err
	}
	d.db = db
	d.closers = append(d.closers, func() error { db.Close(); return nil })
	return nil
}
