package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"github.com/touchline-sync/touchline/clients"
)

func newSimCommand() *cobra.Command {
	var o clients.SimOptions
	cmd := &cobra.Command{
		Use:   "sim SYSTEM",
		Short: "Simulate an outside system until interrupted",
		Long: "Simulate an outside system, with invented people only, on loopback only.\n\n" +
			"Prints one line of JSON on standard output: addresses, invented credentials, and the control\n" +
			"address with its token. Systems: " + strings.Join(clients.Simulators(), ", ") + ".",
		Example:   "  touchline sim laposta --listen 127.0.0.1:9001 --members 200 --seed 7",
		Args:      cobra.ExactArgs(1),
		ValidArgs: clients.Simulators(),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			sim, info, err := clients.StartSimulator(args[0], o)
			if err != nil {
				return usage("%w", err)
			}
			defer func() {
				if closed := sim.Close(); err == nil {
					err = closed
				}
			}()
			if err := json.NewEncoder(cmd.OutOrStdout()).Encode(info); err != nil {
				return err
			}
			<-cmd.Context().Done()
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:0", "address of the first part; the others get free ports")
	flags.IntVar(&o.Members, "members", 0, "how many people to invent; 0: what the system starts with")
	flags.IntVar(&o.Former, "former", 0, "sportlink: how many people to invent who were members once")
	flags.Int64Var(&o.Seed, "seed", 1, "of everything that is invented")
	flags.BoolVar(&o.Bulk, "bulk", false, "laposta: the account may make bulk calls")
	return cmd
}
