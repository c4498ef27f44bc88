package backup

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// Form is what a backup is made of.
type Form int

// The forms.
const (
	Dumped Form = iota // by Dump
	Copied             // by Copy
)

// FormOf looks at the first bytes of a backup.
func FormOf(file string) (Form, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 5)
	if _, err := io.ReadFull(f, head); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return 0, err
	}
	switch {
	case string(head) == "PGDMP":
		return Dumped, nil
	case head[0] == 0x1f && head[1] == 0x8b:
		return Copied, nil
	}
	return 0, fmt.Errorf("%s is no backup of touchline: neither of pg_dump --format=custom nor a copy of a data folder", file)
}
