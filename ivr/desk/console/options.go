package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr/clock"
)

// Options configures [New]. Every field without a note is required.
type Options struct {
	// PublicURL is where browsers reach us, without a path. Cookies are Secure
	// unless it is plain http, which is for loopback only.
	PublicURL string
	Staff     []Member
	Accounts  []Account // for trying out; none: OIDC only
	OIDC      *OIDC     // nil: local accounts only
	// TrustLocal lets local accounts change numbers and approve: in a box only.
	TrustLocal bool

	Sessions  Sessions
	Roster    Roster
	Kept      Kept
	Limiter   Limiter
	Floor     Floor
	Talks     Talks // nil: agents have only their phones to accept and decline by
	Cards     Cards
	Numbers   Numbers // nil: nobody changes numbers here
	Threats   Threats
	Closures  Closures
	Callbacks Callbacks // nil: nobody is called back
	Freezes   Freezes
	Locks     Locks
	Trail     Trail
	Tools     Tools
	// LineNames are what lines are called, by id.
	LineNames map[string]string
	// Region is the country of numbers that are typed without one, "US"; "": that.
	Region string
	// Seen is told at once, and then every 15 s, of an agent whose live page is open;
	// nil: nobody is.
	Seen func(ctx context.Context, agent string) error
	// Subject is the pseudonym of a unique ID that a lead types in.
	Subject func(id string) string

	// Outcomes are those that an agent chooses from in the wrap-up; none:
	// [DefaultOutcomes].
	Outcomes []string

	HTTPClient *http.Client          // to the OIDC provider; nil: http.DefaultClient
	Clock      clock.Clock           // nil: the real one
	Logger     *slog.Logger          // nil: discarded
	Registerer prometheus.Registerer // nil: counted unseen

	Idle     time.Duration // a session ends after so long without use; 0: 15 min
	Absolute time.Duration // and after so long anyhow; 0: 10 h
	// Tick is how often the floor is looked at while somebody watches, in real
	// time; 0: 1 s. Recheck is how often a watcher's session is; 0: 1 min.
	Tick, Recheck time.Duration
}

// Member is somebody of the desk's staff, as the configuration lists them.
type Member struct {
	ID   string // what the audit names
	Name string
	Role Role
	// SignIn is the subject, or the verified e-mail address, that the OIDC
	// provider tells; "": the role has to come from a claim.
	SignIn string
}

// OIDC is the institution's sign-in.
type OIDC struct {
	Issuer, ClientID, ClientSecret string
	// ACR and AMR are the values that prove more than one factor: one of either
	// has to be in the token. At least one is required.
	ACR, AMR []string
	// RoleClaim names the claim that holds roles, a string or a list. "": roles
	// are those of Staff.
	RoleClaim               string
	AgentValues, LeadValues []string
}

// Role is what somebody may do at the desk.
type Role uint8

// The roles, rising.
const (
	RoleNone  Role = iota // nothing: the zero value
	RoleAgent             // takes calls
	RoleLead              // and looks after the desk
)

// String is the role's name in files and on pages.
func (r Role) String() string {
	switch r {
	case RoleAgent:
		return "agent"
	case RoleLead:
		return "lead"
	case RoleNone:
	}
	return "none"
}

// ParseRole is the inverse of [Role.String], but refuses "none".
func ParseRole(name string) (Role, error) {
	switch name {
	case "agent":
		return RoleAgent, nil
	case "lead":
		return RoleLead, nil
	}
	return RoleNone, errors.New("unknown role: agent or lead")
}

// check refuses what cannot work.
func (o *Options) check() error {
	u, err := url.Parse(o.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return errors.New("the public URL must be https (http only on loopback)")
	}
	for name, missing := range map[string]bool{
		"sessions": o.Sessions == nil || o.Roster == nil, "kept": o.Kept == nil, "limiter": o.Limiter == nil, "floor": o.Floor == nil,
		"cards": o.Cards == nil, "ledger": o.Threats == nil || o.Closures == nil || o.Freezes == nil || o.Locks == nil || o.Trail == nil, "subject": o.Subject == nil, "tools": o.Tools == nil,
	} {
		if missing {
			return fmt.Errorf("%s is required", name)
		}
	}
	return o.OIDC.check()
}

// check refuses a provider whose word would not be enough; nil is no provider.
func (c *OIDC) check() error {
	switch {
	case c == nil:
		return nil
	case c.Issuer == "" || c.ClientID == "":
		return errors.New("oidc needs an issuer and a client id")
	case len(c.ACR) == 0 && len(c.AMR) == 0:
		return errors.New("oidc needs the acr or amr values that prove more than one factor")
	}
	return nil
}

// withDefaults fills what is empty.
func (o Options) withDefaults() Options {
	o.PublicURL = strings.TrimSuffix(o.PublicURL, "/")
	if o.Seen == nil {
		o.Seen = func(context.Context, string) error { return nil }
	}
	if o.HTTPClient == nil {
		o.HTTPClient = http.DefaultClient
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Region == "" {
		o.Region = "US"
	}
	if len(o.Outcomes) == 0 {
		o.Outcomes = DefaultOutcomes()
	}
	for _, d := range []struct {
		field *time.Duration
		to    time.Duration
	}{{&o.Idle, 15 * time.Minute}, {&o.Absolute, 10 * time.Hour}, {&o.Tick, time.Second}, {&o.Recheck, time.Minute}} {
		if *d.field == 0 {
			*d.field = d.to
		}
	}
	return o
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
