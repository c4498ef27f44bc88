package proc

import (
	"bytes"
	"io"
	"sync"
)

// longestLine is where a line is broken rather than kept.
const longestLine = 64 << 10

// lines passes whole lines on, each in one write with a prefix before it, so
// that the lines of several children do not mix.
type lines struct {
	to     io.Writer
	prefix string

	mu   sync.Mutex
	rest []byte
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to == nil {
		return len(p), nil
	}
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 && len(l.rest) < longestLine {
			return len(p), nil
		}
		if i < 0 {
			i = len(l.rest) - 1
		}
		l.pass(l.rest[:i+1])
		l.rest = append(l.rest[:0], l.rest[i+1:]...)
	}
}

// flush passes a last line on that has no end.
func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to != nil && len(l.rest) > 0 {
		l.pass(append(l.rest, '\n'))
		l.rest = nil
	}
}

func (l *lines) pass(line []byte) {
	// A reader who has gone away must not end the child.
	_, _ = l.to.Write(append([]byte(l.prefix), line...))
}
