package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/cmd/touchline/internal/newsystem"
)

func newNewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Write the beginning of something into a checkout of touchline",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newNewSystemCommand())
	return cmd
}

func newNewSystemCommand() *cobra.Command {
	var dir, kind string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "system NAME",
		Short: "Write a connector, its simulator and every line that a system needs",
		Long: "Write the connector clients/NAME and the simulator clients/NAME/NAMEsim, which pass the suite as they\n" +
			"are, and the lines of the system in the registry, the policy, the pipelines, the example settings and\n" +
			"the manual. CONTRIBUTING.md says what to do with them. A name that is there already is left alone.\n\n" +
			"Kinds: " + strings.Join(newsystem.Kinds(), ", ") + ".",
		Example: "  touchline new system acme --kind " + newsystem.Kinds()[0],
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := newsystem.New(args[0], kind)
			if err != nil {
				return usage("%w", err)
			}
			files, err := newsystem.Plan(dir, s)
			if err != nil {
				return err
			}
			if err := newsystem.Write(dir, files); err != nil {
				return err
			}
			if asJSON {
				paths := make([]string, len(files))
				for i, f := range files {
					paths[i] = f.Path
				}
				return printLine(cmd, map[string][]string{"written": paths})
			}
			out := cmd.OutOrStdout()
			for _, f := range files {
				what := "changed"
				if f.New {
					what = "new"
				}
				fmt.Fprintf(out, "%-8s %s\n", what, f.Path)
			}
			fmt.Fprintf(out, "\nIt passes as it is:  go test ./clients/%[1]s/... ./clients\n"+
				"It can be tried:     go run ./cmd/touchline sim %[1]s --members 20\n"+
				"Then make it the real system, beginning with %[2]s: CONTRIBUTING.md says how.\n", s.Name, s.Page())
			return nil
		},
	}
	jsonFlag(cmd, &asJSON, "what was written")
	cmd.Flags().StringVar(&dir, "dir", ".", "the root of the checkout")
	cmd.Flags().StringVar(&kind, "kind", newsystem.Kinds()[0], "what the system holds")
	return cmd
}
