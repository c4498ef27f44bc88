package server

import (
	"context"
	"fmt"
	"strings"

	"connectrpc.com/connect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

const (
	findPage = 20
	// shortestFind is how many letters a search has at least: fewer find everybody.
	shortestFind = 3
)

// FindRecords finds records by what a person knows of them.
func (s *recordService) FindRecords(ctx context.Context, req *touchlinev1.FindRecordsRequest) (*touchlinev1.FindRecordsResponse, error) {
	if req.GetKind() != "" {
		if err := s.knownKind(req.GetKind()); err != nil {
			return nil, err
		}
	}
	words := strings.Fields(strings.ToLower(req.GetText()))
	letters := 0
	for i, w := range words {
		letters += len([]rune(w))
		words[i] = "%" + likely.Replace(w) + "%"
	}
	if letters < shortestFind {
		return nil, problem(connect.CodeInvalidArgument, "INVALID_REQUEST",
			fmt.Sprintf("text: give at least %d letters or digits of a name, an address or a number", shortestFind))
	}
	size := req.GetPageSize()
	if size == 0 {
		size = findPage
	}
	rows, err := s.Store.FindEntities(ctx, req.GetKind(), words, size+1)
	if err != nil {
		return nil, fmt.Errorf("find records: %w", err)
	}
	out := &touchlinev1.FindRecordsResponse{More: len(rows) > int(size)}
	if out.GetMore() {
		rows = rows[:size]
	}
	out.Records, err = s.records(ctx, rows, "", "FindRecords", fmt.Sprintf("%d found", len(rows)))
	return out, err
}

// likely has the signs that mean something in a pattern of like stand for themselves.
var likely = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)
