package postgres

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// canSeeUse says whether inUse can tell.
const canSeeUse = true

// attributes are those of a child that ends with this program, however this
// program ends. The signal comes when the *thread* that made the child ends,
// so the caller must hold it.
func attributes(as *account, death syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: as.credential(), Pdeathsig: death, Setpgid: true}
}

// inUse returns a live process whose working folder is the cluster: the
// postmaster and all its children are such. It returns 0 when there is none.
// A process that is dead and not yet reaped has no working folder.
func inUse(cluster string) (int, error) {
	cluster, err := filepath.EvalSymlinks(cluster)
	if err != nil {
		return 0, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, fmt.Errorf("look for processes: %w", err)
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if dir, err := os.Readlink(filepath.Join("/proc", e.Name(), "cwd")); err == nil && dir == cluster {
			return pid, nil
		}
	}
	return 0, nil
}
