//go:build !linux

package proc

import "syscall"

// attributes are those of a child. Only Linux can tell it of our death.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
