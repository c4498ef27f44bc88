package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newConflictsCommand is "touchline conflicts".
func newConflictsCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "conflicts",
		Short: "List, show and resolve fields that were changed at two sides at once",
	})
	cmd.AddCommand(newConflictsListCommand(), newConflictsShowCommand(), newConflictsResolveCommand())
	return cmd
}

func newConflictsListCommand() *cobra.Command {
	var open, asJSON bool
	var most int32
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List conflicts, newest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.conflicts.ListConflicts(cmd.Context(), &touchlinev1.ListConflictsRequest{Open: open, PageSize: most})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			for _, conflict := range res.GetConflicts() {
				printConflict(cmd.OutOrStdout(), conflict)
			}
			if len(res.GetConflicts()) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), "0 conflicts")
			}
			more(cmd, res.GetNextPageToken())
			return nil
		},
	}
	cmd.Flags().BoolVar(&open, "open", false, "only those that wait for a person")
	cmd.Flags().Int32Var(&most, "most", 20, "how many, up to 1000")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print them as one line of JSON")
	return cmd
}

func newConflictsShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a conflict",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			conflict, err := c.conflict(cmd, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd, conflict)
			}
			printConflict(cmd.OutOrStdout(), conflict)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as one line of JSON")
	return cmd
}

func newConflictsResolveCommand() *cobra.Command {
	var asJSON bool
	var take, reason, etag, third string
	var alike bool
	cmd := &cobra.Command{
		Use:   "resolve ID",
		Short: "Take one of the two values, or a third; the next run brings it to every system",
		Example: "  touchline conflicts resolve 12 --take far --reason \"asked the member\"\n" +
			"  touchline conflicts resolve 12 --take hub --reason \"a typing error\" --etag 5f0e...\n" +
			"  touchline conflicts resolve 12 --take value --value 2011-02-28 --reason \"as the passport has it\"",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			choice := touchlinev1.Take(touchlinev1.Take_value["TAKE_"+strings.ToUpper(strings.ReplaceAll(take, "far", "remote"))])
			if choice == touchlinev1.Take_TAKE_UNSPECIFIED {
				return usage("--take %q is none of hub, far and value", take)
			}
			if cmd.Flags().Changed("value") != (choice == touchlinev1.Take_TAKE_VALUE) {
				return usage("--value says what --take value takes: give both, or neither")
			}
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			conflict, err := c.conflict(cmd, args[0])
			if err != nil {
				return err
			}
			req := &touchlinev1.ResolveConflictRequest{
				Id: conflict.GetId(), Etag: firstOf(etag, conflict.GetEtag()), Take: choice, Reason: reason, Value: third,
			}
			var left []*touchlinev1.ConflictName
			if alike {
				if req.Alike, err = c.alike(cmd, conflict); err != nil {
					return err
				}
				first := min(len(req.GetAlike()), alikeAtMost)
				req.Alike, left = req.GetAlike()[:first], req.GetAlike()[first:]
			}
			res, err := c.conflicts.ResolveConflict(cmd.Context(), req)
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res.GetConflict())
			}
			printConflict(cmd.OutOrStdout(), res.GetConflict())
			if n := res.GetResolved(); n > 1 {
				fmt.Fprintf(cmd.ErrOrStderr(), "%d are resolved\n", n)
			}
			if len(left) > 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "%d more are alike: resolve %d with --all-alike, too\n", len(left), left[0].GetId())
			}
			return nil
		},
	}
	jsonFlag(cmd, &asJSON, "the conflict")
	cmd.Flags().StringVar(&take, "take", "", "hub: our value; far: theirs; value: that of --value")
	cmd.Flags().StringVar(&third, "value", "", "a third value")
	cmd.Flags().BoolVar(&alike, "all-alike", false, "also all others that are open in the same field at the same system for the same reason")
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the audit; name no person")
	cmd.Flags().StringVar(&etag, "etag", "", "of the state that was looked at; without it, of the state now")
	_ = cmd.MarkFlagRequired("take")
	_ = cmd.MarkFlagRequired("reason")
	return cmd
}

// conflict fetches the conflict that an argument names.
func (c *client) conflict(cmd *cobra.Command, arg string) (*touchlinev1.Conflict, error) {
	id, err := strconv.ParseInt(arg, 10, 64)
	if err != nil {
		return nil, usage("%q is not the number of a conflict; \"touchline conflicts list\" shows them", arg)
	}
	res, err := c.conflicts.GetConflict(cmd.Context(), &touchlinev1.GetConflictRequest{Id: id})
	if err != nil {
		return nil, explain(err)
	}
	return res.GetConflict(), nil
}

// alikeAtMost is how many others one call of the API settles.
const alikeAtMost = 1000

// alike are the other conflicts that are open and are alike.
func (c *client) alike(cmd *cobra.Command, of *touchlinev1.Conflict) ([]*touchlinev1.ConflictName, error) {
	var out []*touchlinev1.ConflictName
	req := &touchlinev1.ListConflictsRequest{Kind: of.GetKind(), Open: true, PageSize: 1000}
	err := eachOf(&req.PageToken, func() ([]*touchlinev1.Conflict, string, error) {
		res, err := c.conflicts.ListConflicts(cmd.Context(), req)
		return res.GetConflicts(), res.GetNextPageToken(), err
	}, func(o *touchlinev1.Conflict) error {
		if o.GetId() != of.GetId() && o.GetField() == of.GetField() && o.GetSystem() == of.GetSystem() && o.GetWhy() == of.GetWhy() {
			out = append(out, &touchlinev1.ConflictName{Id: o.GetId(), Etag: o.GetEtag()})
		}
		return nil
	})
	return out, err
}

// printConflict writes a conflict.
func printConflict(w io.Writer, c *touchlinev1.Conflict) {
	state := "waits for a person"
	switch {
	case c.GetResolvedBy() != "":
		state = "settled by " + c.GetResolvedBy()
	case c.GetWonBy() != "":
		state = c.GetWonBy() + " won, " + word(c.GetWhy().String(), "CONFLICT_WHY_")
	}
	fmt.Fprintf(w, "%d  %s %s  %s, %s, %s\n    hub: %q\n    %s: %q\n    etag %s\n", c.GetId(), c.GetKind(), c.GetKey(),
		c.GetField(), clock(c.GetFoundTime()), state, c.GetHubValue(), remoteName(c), c.GetRemoteValue(), c.GetEtag())
}

// remoteName is the side that is not the hub.
func remoteName(c *touchlinev1.Conflict) string {
	if c.GetSystem() == "hub" {
		return c.GetWonBy()
	}
	return c.GetSystem()
}
