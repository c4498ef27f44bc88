package sportlink

import (
	"context"
	"strings"

	"github.com/touchline-sync/touchline/browserworker"
)

// judgeStatus gives the status of an answer its class.
func (a *account) judgeStatus(op string, answer browserworker.Answer) error {
	return a.Judge(op, answer.Status, answer.Failure())
}

// stepFault gives a step's failure its class.
func (a *account) stepFault(ctx context.Context, p browserworker.Page, op string, err error) error {
	return a.StepFault(ctx, p, op, err, op == "search members" || op == "check" || op == opTeams || strings.HasPrefix(op, opVisit))
}
