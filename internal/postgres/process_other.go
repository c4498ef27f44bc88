//go:build !linux

package postgres

import "syscall"

// attributes are those of a child. Only Linux can end a child with its
// parent; elsewhere a postmaster outlives a killed program, and the next start
// reports it.
func attributes(as *account, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as.credential(), Setpgid: true}
}

const canSeeUse = false

// inUse cannot be told here; Postgres's own lock file is what protects.
func inUse(string) (int, error) { return 0, nil }
