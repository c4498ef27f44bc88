package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"

	"github.com/spf13/cobra"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// newEvidenceCommand is "touchline evidence".
func newEvidenceCommand() *cobra.Command {
	cmd := clientFlags(&cobra.Command{
		Use:   "evidence",
		Short: "List and show what pages looked like that were in the way or had changed",
	})
	cmd.AddCommand(newEvidenceListCommand(), newEvidenceShowCommand())
	return cmd
}

func newEvidenceListCommand() *cobra.Command {
	var asJSON bool
	req := &touchlinev1.ListEvidenceRequest{}
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List what is kept, newest first; it is kept for seven days",
		Example: "  touchline evidence list --system sportlink",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.evidence.ListEvidence(cmd.Context(), req)
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tSEEN\tSYSTEM\tSESSION\tWHAT\tBYTES\tRUN")
			for _, e := range res.GetEvidence() {
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%d\t%s\n", e.GetId(), clock(e.GetSeenOn()), e.GetSystem(),
					firstOf(e.GetSession(), "-"), e.GetName(), e.GetSize(), firstOf(e.GetRun(), "-"))
			}
			if err := w.Flush(); err != nil {
				return err
			}
			if next := res.GetNextPageToken(); next != "" {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "there is more: --page-token", next)
			}
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&req.System, "system", "", "only of this system")
	flags.StringVar(&req.Session, "session", "", "only of this session, as the list names it")
	flags.StringVar(&req.Run, "run", "", "only of this run, such as people/1 or its id")
	flags.Int32Var(&req.PageSize, "page-size", 0, "how many; 0 is 100")
	flags.StringVar(&req.PageToken, "page-token", "", "where the page before has ended")
	flags.BoolVar(&asJSON, "json", false, "print them as one line of JSON")
	return cmd
}

func newEvidenceShowCommand() *cobra.Command {
	var out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show one piece as it was seen; that you have seen it stands in the audit",
		Long: "Show one piece as it was seen: letters are x, digits 0. Text is printed; a picture needs --out.\n" +
			"That you have seen it stands in the audit.",
		Example: "  touchline evidence show 12 --out page.png",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil || id <= 0 {
				return usage("%q is no id of evidence: they are numbers, and touchline evidence list has them", args[0])
			}
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			res, err := c.evidence.GetEvidence(cmd.Context(), &touchlinev1.GetEvidenceRequest{Id: id})
			if err != nil {
				return explain(err)
			}
			if asJSON {
				return printJSON(cmd, res)
			}
			return writeEvidence(cmd.OutOrStdout(), res, out)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file to write it to; one that is there is not written over")
	jsonFlag(cmd, &asJSON, "it, in base64,")
	cmd.MarkFlagsMutuallyExclusive("out", "json")
	return cmd
}

// writeEvidence writes text to w and anything to a file.
func writeEvidence(w io.Writer, res *touchlinev1.GetEvidenceResponse, out string) (err error) {
	data := res.GetData()
	if out == "" {
		if res.GetEvidence().GetMediaType() == "image/png" {
			return usage("evidence %d is a picture: give --out FILE", res.GetEvidence().GetId())
		}
		_, err = w.Write(append(bytes.TrimRight(data, "\n"), '\n'))
		return err
	}
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) //nolint:gosec // the user names the file
	if err != nil {
		return usage("--out: %v", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err = f.Write(data); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s: %d bytes of %s\n", out, len(data), res.GetEvidence().GetMediaType())
	return err
}
