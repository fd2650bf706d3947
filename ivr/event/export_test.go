package event

// For tests.
var (
	Control = control
	Guarded = guarded
)
