package wordpress

import "syscall"

// attributes are those of a child that ends with this process, however that
// ends. The signal comes when the *thread* that made the child ends, so the
// server holds it.
func attributes(who runner) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	if who.drop {
		a.Credential = &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)} //nolint:gosec // ids of the system's own user table
	}
	return a
}
