package caller

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/nyaruka/phonenumbers"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Record is an entry as a directory's server has it, before anything is checked.
type Record struct {
	IDs        []string // one of them must be the ID that was asked for
	Name       string
	Username   string
	Phones     []string    // in any spelling; in order, the first is the one that is texted
	Since      []time.Time // of the phone in the same place; shorter: unknown
	Emails     []string    // that need the account which is being recovered
	OutsideSSO []string    // that do not
	PINHash    string
	Recovery   []string
	Groups     []string
	Privileged bool
	Language   string
}

// Intake turns what a server says into people, in the same way whatever the
// server: numbers become E.164, values that cannot be used are dropped and
// counted, entries that cannot be used are an [ErrUnusable].
type Intake struct {
	region  string
	logger  *slog.Logger
	dropped map[string]prometheus.Counter
}

// The kinds of values that may be dropped.
const (
	droppedPhone = "phone"
	droppedEmail = "email"
)

// NewIntake is for one directory. Region is the country ("US") of numbers that
// are written without theirs; "" drops such numbers. It registers
// ringback_directory_values_dropped_total{value}.
func NewIntake(region string, t Tools) *Intake {
	v := promauto.With(t.Registerer).NewCounterVec(prometheus.CounterOpts{
		Name: "ringback_directory_values_dropped_total",
		Help: "Phone numbers and e-mail addresses of the directory that cannot be used, each time an entry was read.",
	}, []string{"value"})
	in := &Intake{region: region, logger: t.Logger, dropped: map[string]prometheus.Counter{}}
	for _, kind := range []string{droppedPhone, droppedEmail} {
		in.dropped[kind] = v.WithLabelValues(kind)
	}
	if in.logger == nil {
		in.logger = slog.New(slog.DiscardHandler)
	}
	return in
}

// KnownRegion reports whether there is a country of that name for [NewIntake].
func KnownRegion(region string) bool {
	return region == "" || phonenumbers.GetCountryCodeForRegion(region) != 0
}

// Person is the person with an ID, of the record that was found for it.
func (in *Intake) Person(ctx context.Context, id string, r Record) (Person, error) {
	switch {
	case !slices.Contains(r.IDs, id):
		return Person{}, fmt.Errorf("%w: it has another ID than was asked for", ErrUnusable)
	case r.Username == "":
		return Person{}, fmt.Errorf("%w: it has no username", ErrUnusable)
	}
	if err := checkHashes(r.PINHash, r.Recovery); err != nil {
		return Person{}, fmt.Errorf("%w: %w", ErrUnusable, err)
	}
	p := Person{
		ID: id, Name: r.Name, Username: r.Username, PINHash: r.PINHash,
		Recovery: r.Recovery, Privileged: r.Privileged, Groups: r.Groups, Language: r.Language,
	}
	in.phones(ctx, &p, r)
	// An address in both lists is not outside: the weaker claim holds.
	in.emails(ctx, &p, r.Emails, false)
	in.emails(ctx, &p, r.OutsideSSO, true)
	return p, nil
}

// Each passes a record on as a person, of the first ID that can be anybody's.
// One that cannot be used is left out and logged.
func (in *Intake) Each(ctx context.Context, r Record, f func(Person) error) error {
	i := slices.IndexFunc(r.IDs, ValidID)
	if i < 0 {
		in.logger.WarnContext(ctx, "directory entry left out", "reason", "it has no ID that can be keyed")
		return nil
	}
	p, err := in.Person(ctx, r.IDs[i], r)
	if err != nil {
		in.logger.WarnContext(ctx, "directory entry left out", "reason", err.Error())
		return nil
	}
	return f(p)
}

func (in *Intake) phones(ctx context.Context, p *Person, r Record) {
	for i, text := range r.Phones {
		n, err := phonenumbers.Parse(text, in.region)
		if err != nil || !phonenumbers.IsPossibleNumber(n) || n.GetExtension() != "" {
			in.drop(ctx, droppedPhone)
			continue
		}
		ph := Phone{Number: phonenumbers.Format(n, phonenumbers.E164)}
		if i < len(r.Since) {
			ph.Since = r.Since[i]
		}
		if !slices.ContainsFunc(p.Phones, func(o Phone) bool { return o.Number == ph.Number }) {
			p.Phones = append(p.Phones, ph)
		}
	}
}

func (in *Intake) emails(ctx context.Context, p *Person, list []string, outside bool) {
	for _, a := range list {
		if a = strings.TrimSpace(a); !strings.Contains(a, "@") || strings.ContainsAny(a, " \r\n\t<>,") {
			in.drop(ctx, droppedEmail)
			continue
		}
		if !slices.ContainsFunc(p.Emails, func(o Email) bool { return strings.EqualFold(o.Address, a) }) {
			p.Emails = append(p.Emails, Email{Address: a, OutsideSSO: outside})
		}
	}
}

// drop counts a value; what it was belongs into no log.
func (in *Intake) drop(ctx context.Context, kind string) {
	in.dropped[kind].Inc()
	in.logger.WarnContext(ctx, "value of a directory entry dropped", "value", kind)
}
