package proc

import "syscall"

// attributes are those of a child that is asked to end when this process dies,
// and that a Ctrl-C on the terminal reaches by way of us only.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}
