//go:build !linux

package metricstest

import "syscall"

// dieWithParent has no such wish to express elsewhere.
func dieWithParent() *syscall.SysProcAttr { return nil }
