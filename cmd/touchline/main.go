// Touchline keeps the records of an organisation the same in all the systems
// that need them. One binary: each verb is a file here, thin; what is shared
// lies in internal.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the club's clock on any machine

	"github.com/touchline-sync/touchline/cmd/touchline/internal/app"
)

func main() { os.Exit(run()) }

// run lets deferred work happen before the program ends.
func run() int {
	app.SaveMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)

	err := newRootCommand().execute(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "touchline:", err)
	}
	return app.ExitCode(err)
}
