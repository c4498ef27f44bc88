//go:build !linux

package wordpress

import "syscall"

// attributes are those of a child. Only Linux can end a child with its parent.
func attributes(who runner) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if who.drop {
		a.Credential = &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)} //nolint:gosec // ids of the system's own user table
	}
	return a
}
