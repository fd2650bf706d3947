package metricstest

import "syscall"

// dieWithParent ends the program with the test binary, even a killed one.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
