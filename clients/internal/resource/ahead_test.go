package resource_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
)

// What the first listing was answered the second takes, once, while it is fresh, nothing
// was written since, and no page before it had to be asked for.
func TestAhead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	const age = time.Minute
	for name, test := range map[string]struct {
		most    int
		between func(k *resource.Ahead)
		later   time.Duration
		want    string // of the three pages that the second listing goes through
	}{
		"all are kept":          {1000, nil, age - 1, "first first first"},
		"old":                   {1000, nil, age, "second second second"},
		"a write of ours":       {1000, func(k *resource.Ahead) { k.Forget() }, 0, "second second second"},
		"one does not fit":      {70, nil, 0, "first first second"},
		"none fits":             {10, nil, 0, "second second second"},
		"the first reads again": {1000, func(k *resource.Ahead) { first(t, k, now, "again", 1) }, 0, "first again first"},
		"one is asked for, and all after it": {1000, func(k *resource.Ahead) {
			if got := then(t, k, now, 0); got != "first" {
				t.Errorf("taken: %q", got)
			}
		}, 0, "second second second"},
	} {
		k := &resource.Ahead{Age: age, Most: test.most}
		first(t, k, now, "first", 0, 1, 2)
		if test.between != nil {
			test.between(k)
		}
		var got []string
		for page := range 3 {
			got = append(got, then(t, k, now.Add(test.later), page))
		}
		if all := strings.Join(got, " "); all != test.want {
			t.Errorf("%s: %s, want %s", name, all, test.want)
		}
	}
}

// An answer that was asked for before a write, and came after it, is not kept; neither is
// an error.
func TestAheadOfAWrite(t *testing.T) {
	t.Parallel()
	k := &resource.Ahead{Age: time.Minute, Most: 1000}
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	lost := errors.New("lost")
	for _, ask := range []func(context.Context) (resource.Told, error){
		func(context.Context) (resource.Told, error) {
			k.Forget()
			return resource.Told{Body: []byte("first")}, nil
		},
		func(context.Context) (resource.Told, error) { return resource.Told{Body: []byte("first")}, lost },
	} {
		if _, err := k.First(t.Context(), "page 0", now, ask); err != nil && !errors.Is(err, lost) {
			t.Fatal(err)
		}
		if got := then(t, k, now, 0); got != "second" {
			t.Errorf("taken: %q", got)
		}
	}
}

// first goes through pages as the listing before, and then as the one after it.
func first(t *testing.T, k *resource.Ahead, now time.Time, told string, pages ...int) {
	t.Helper()
	for _, page := range pages {
		_, err := k.First(t.Context(), fmt.Sprint("page ", page), now, func(context.Context) (resource.Told, error) {
			return resource.Told{Body: []byte(told + strings.Repeat("abcdefgh ", 1+page)), Clock: now}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func then(t *testing.T, k *resource.Ahead, now time.Time, page int) string {
	t.Helper()
	got, err := k.Then(t.Context(), fmt.Sprint("page ", page), now, func(context.Context) (resource.Told, error) {
		return resource.Told{Body: []byte("second")}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	told, _, _ := strings.Cut(string(got.Body), "abcdefgh")
	return told
}
