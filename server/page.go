package server

import (
	"encoding/base64"
	"hash/fnv"
	"strconv"

	"connectrpc.com/connect"
)

// A page token says which row of ours was the last one shown, and for which
// question. It carries no key: a viewer can hold it.

// pageToken makes the token that goes on after a row. An empty row has none.
func pageToken(row []byte, question ...string) string {
	if len(row) == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(append(digest(question), row...))
}

// pageRow takes the row out of a token. No token is no row.
func pageRow(token string, question ...string) ([]byte, error) {
	if token == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	sum := digest(question)
	if err != nil || len(b) <= len(sum) || string(b[:len(sum)]) != string(sum) {
		return nil, badPage()
	}
	return b[len(sum):], nil
}

func badPage() error {
	return problem(connect.CodeInvalidArgument, "MALFORMED_PAGE_TOKEN",
		"the page token is none of ours, or belongs to another question; "+
			"begin again without one, and keep the other arguments the same from page to page")
}

func digest(question []string) []byte {
	h := fnv.New32a()
	for _, q := range question {
		h.Write([]byte(q + "\x00"))
	}
	return h.Sum(nil)
}

func idRow(id int64) []byte { return strconv.AppendInt(nil, id, 36) }

// rowID is the other way; no row is 0.
func rowID(row []byte) (int64, error) {
	if len(row) == 0 {
		return 0, nil
	}
	id, err := strconv.ParseInt(string(row), 36, 64)
	if err != nil {
		return 0, badPage()
	}
	return id, nil
}

// idAfter is the id of the row that a token names; no token is 0.
func idAfter(token string, question ...string) (int64, error) {
	row, err := pageRow(token, question...)
	if err != nil {
		return 0, err
	}
	return rowID(row)
}

// onePage takes off the row that is there to show that there are more, and makes the
// token that goes on after the last of the others.
func onePage[T any](rows []T, size int32, id func(T) int64, question ...string) ([]T, string) {
	if len(rows) <= int(size) {
		return rows, ""
	}
	rows = rows[:size]
	return rows, pageToken(idRow(id(rows[size-1])), question...)
}

// pageSize is how many rows to show: what was asked for, or the default.
func pageSize(asked, byDefault int32) int32 {
	if asked == 0 {
		return byDefault
	}
	return asked
}
