package caller

import (
	"cmp"
	"time"
)

// Limits are how much is allowed. Zero fields are set to the design's numbers.
type Limits struct {
	CallsPerNumber   int           // at once; 2
	CallsPerShared   int           // at once, of a number in SharedNumbers; 200
	IDsPerNumber     int           // an hour; 10
	IDsPerPrefix     int           // an hour; 30
	IDsPerShared     int           // an hour, of a shared number; 300
	SendsPerHour     int           // per subject, pushes included; 3
	SendsPerDay      int           // per subject, pushes included; 5
	SendGap          time.Duration // between sends to a subject by one way; 30 s
	CodeLife         time.Duration // 5 min
	CodeTries        int           // 3
	VerdictLife      time.Duration // how old the factor of a report may be; 10 min
	ReportsPerNumber int           // an hour; 5
	ReportsPerPrefix int           // an hour; 20
	ReportsPerHour   int           // of everybody; 200
}

// WithDefaults fills what is zero.
func (l Limits) WithDefaults() Limits {
	l.CallsPerNumber = cmp.Or(l.CallsPerNumber, 2)
	l.CallsPerShared = cmp.Or(l.CallsPerShared, 200)
	l.IDsPerNumber = cmp.Or(l.IDsPerNumber, 10)
	l.IDsPerPrefix = cmp.Or(l.IDsPerPrefix, 30)
	l.IDsPerShared = cmp.Or(l.IDsPerShared, 300)
	l.SendsPerHour = cmp.Or(l.SendsPerHour, 3)
	l.SendsPerDay = cmp.Or(l.SendsPerDay, 5)
	l.SendGap = cmp.Or(l.SendGap, 30*time.Second)
	l.CodeLife = cmp.Or(l.CodeLife, 5*time.Minute)
	l.CodeTries = cmp.Or(l.CodeTries, 3)
	l.VerdictLife = cmp.Or(l.VerdictLife, 10*time.Minute)
	l.ReportsPerNumber = cmp.Or(l.ReportsPerNumber, 5)
	l.ReportsPerPrefix = cmp.Or(l.ReportsPerPrefix, 20)
	l.ReportsPerHour = cmp.Or(l.ReportsPerHour, 200)
	return l
}
