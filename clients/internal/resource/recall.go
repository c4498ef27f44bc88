package resource

import (
	"context"
	"encoding/json"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Recall keeps what a connector knows of a listing that it cannot ask for one record:
// brought up to date it costs what has changed since, and it is read anew once it is old.
// It is for one caller at a time.
type Recall struct {
	// Page lists as the call of a resource does.
	Page func(ctx context.Context, at connector.Cursor) (Rows, error)
	// Age is how long what changes without a word may stay unknown.
	Age time.Duration

	next connector.Cursor
	read time.Time // zero: all is to be read
}

// Update calls note for each record that is new or has changed since the last Update, and
// before that forget where all are read. One that fails is begun anew by the next.
func (k *Recall) Update(ctx context.Context, now time.Time, forget func(), note func(json.RawMessage)) error {
	if k.read.IsZero() || now.Sub(k.read) >= k.Age {
		forget()
		k.next, k.read = "", now
	}
	for {
		rows, err := k.Page(ctx, k.next)
		if err != nil {
			k.Forget()
			return err
		}
		for _, raw := range rows.Records {
			note(raw)
		}
		if k.next = rows.Next; rows.Evidence.End {
			return nil
		}
	}
}

// Forget has the next Update read all.
func (k *Recall) Forget() { k.read = time.Time{} }
