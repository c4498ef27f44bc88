package store_test

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/value"
)

// Bytes are kept once, sealed, for all systems; what no record names is dropped after its
// time.
func TestHostKeepsBlobs(t *testing.T) {
	t.Parallel()
	fields, kinds := value.BlobFields()
	one, two, open := hosts(t)
	st, log := open(), slog.New(slog.DiscardHandler)
	want := connector.Blob{MediaType: "image/jpeg", Data: bytes.Repeat([]byte("pixels"), 50)}
	value := ""
	for _, h := range []*store.Host{one, two, store.NewHost(st.Pool, "beta", sealer(t, 7), log, nil)} {
		v, err := h.PutBlob(t.Context(), want)
		if err != nil || value != "" && v != value || !record.IsBlob(v) {
			t.Fatalf("put: %q %v", v, err)
		}
		value = v
		if got, err := h.Blob(t.Context(), v); err != nil || got.MediaType != want.MediaType || !bytes.Equal(got.Data, want.Data) {
			t.Fatalf("kept: %v", err)
		}
	}
	var n int
	if err := st.Pool.QueryRow(t.Context(), "select count(*) from blob where position('pixels'::bytea in sealed) = 0").Scan(&n); err != nil || n != 1 {
		t.Fatalf("%d sealed rows, want 1: %v", n, err)
	}
	if _, err := one.Blob(t.Context(), record.BlobOf([]byte("other"))); !errors.Is(err, connector.ErrNoBlob) {
		t.Errorf("never put: %v", err)
	}
	if _, err := store.NewHost(st.Pool, "alpha", sealer(t, 8), log, nil).Blob(t.Context(), value); !errors.Is(err, connector.ErrNoBlob) {
		t.Errorf("with another key: %v", err)
	}
	none := store.NewHost(st.Pool, "alpha", nil, log, nil)
	if _, err := none.PutBlob(t.Context(), want); !errors.Is(err, connector.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	if _, err := none.Blob(t.Context(), value); !errors.Is(err, connector.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	left := func(want int) {
		t.Helper()
		if err := st.DropLostBlobs(t.Context(), 72); err != nil {
			t.Fatal(err)
		}
		if err := st.Pool.QueryRow(t.Context(), "select count(*) from blob").Scan(&n); err != nil || n != want {
			t.Fatalf("%d are kept, want %d: %v", n, want, err)
		}
	}
	run := func(sql string, args ...any) {
		t.Helper()
		if _, err := st.Pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	left(1) // young
	run("update blob set at = now() - interval '73 hours'")
	run("insert into entity (kind, key, fields) values ($1, 'A', jsonb_build_object($2::text, $3::text))", kinds[0], fields[0], value)
	left(1) // named
	run("update entity set fields = '{}'")
	left(0)
}

func sealer(t *testing.T, key byte) *store.Sealer {
	t.Helper()
	s, err := store.NewSealer(bytes.Repeat([]byte{key}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
