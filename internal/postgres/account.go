package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"slices"
	"strconv"
	"syscall"
)

// account is the user that the server runs as.
type account struct {
	name     string
	uid, gid int
	groups   []int
	drop     bool // we are root and must become this user
}

// serverAccount is the current user, or for root, which Postgres refuses to
// run as, an unprivileged one: postgres, else nobody.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		groups, err := os.Getgroups()
		if err != nil {
			return nil, err
		}
		return &account{
			name: "of this process", uid: os.Geteuid(), gid: os.Getegid(), groups: groups,
		}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("user %s: %w", name, err)
		}
		return &account{name: name, uid: uid, gid: gid, drop: true}, nil
	}
	return nil, errors.New("root cannot run Postgres, and there is no user postgres or nobody to run it as")
}

// credential is what a child process must be started with; nil for as we are.
func (a *account) credential() *syscall.Credential {
	if !a.drop {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // ids of the system's own user table
}

// own gives a file or folder that we made to the account.
func (a *account) own(path string) error {
	if !a.drop {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// mayEnter reports whether the account may pass through a folder.
func (a *account) mayEnter(stat *syscall.Stat_t, mode fs.FileMode) bool {
	perm := mode.Perm()
	switch {
	case int(stat.Uid) == a.uid:
		return perm&0o100 != 0
	case int(stat.Gid) == a.gid || slices.Contains(a.groups, int(stat.Gid)):
		return perm&0o010 != 0
	default:
		return perm&0o001 != 0
	}
}
