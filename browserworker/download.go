package browserworker

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/playwright-community/playwright-go"
)

// MaxFile is how large a file of a page may be, in bytes.
const MaxFile = 32 << 20

// errTooLarge is why a file was not taken.
var errTooLarge = errors.New("the file is too large")

// Download waits from before act until the page gives a file to be kept, goes elsewhere,
// or the time is up, and returns what is in the file once it is whole. It takes
// what is left of that time, and as much again for a file that has begun. Nothing of
// it stays on the disk.
func (p *page) Download(ctx context.Context, within time.Duration, elsewhere func(url string) bool, act func() error) ([]byte, error) {
	a := &awaited{
		m:     Match{Within: within, Elsewhere: elsewhere},
		files: make(chan playwright.Download, 1), failures: make(chan error, 1), moves: make(chan error, 1),
	}
	p.awaited.Store(&[]*awaited{a})
	defer p.awaited.Store(nil)
	if err := act(); err != nil {
		return nil, err
	}
	const op = "await file"
	if _, err := p.await(ctx, op, a); err != nil {
		return nil, err
	}
	cancel := func() { go func() { _ = a.file.Cancel() }() } // returns with the download, or with the browser
	return guard(ctx, p.b, op, within, func() ([]byte, error) { return take(a.file) }, cancel)
}

// take reads a file when it is whole, and deletes it.
func take(d playwright.Download) ([]byte, error) {
	defer func() { _ = d.Delete() }() // else it goes with the session
	if err := d.Failure(); err != nil {
		return nil, errors.Join(ErrNetwork, err)
	}
	path, err := d.Path()
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > MaxFile {
		return nil, errTooLarge
	}
	return os.ReadFile(path)
}
