package app

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/desk"
	"ringback/ivr/desk/console"
	"ringback/ivr/duo"
	"ringback/ivr/line"
	"ringback/ivr/reconnect"
	"ringback/ivr/twilio"
	"ringback/ivr/words"
	"ringback/metrics"
	"ringback/sessions"
	"ringback/twiml"
	"ringback/twiml/signature"
)

// wire joins the packages: clients first, then the services that use them.
func (a *App) wire(ctx context.Context) error {
	c := a.o.Config
	client := &http.Client{Transport: a.o.Transport}
	deps := metrics.NewDependencies(a.exporter.Registry())
	carrier, err := twilio.New(twilio.Options{
		AccountSID: c.Twilio.AccountSID, APIKey: c.Twilio.APIKey, APISecret: c.Twilio.APISecret.Reveal(), AuthToken: c.Twilio.AuthToken.Reveal(),
		APIURL: c.Twilio.APIURL, From: string(c.Twilio.From), MessagingServiceSID: c.Twilio.MessagingServiceSID,
		HTTPClient: client, Clock: a.o.Clock, Recorder: deps.For("twilio", twilio.Operations()),
	})
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	admin, err := duo.New(duo.Options{
		APIHost: c.Duo.APIHost, BaseURL: c.Duo.APIURL, IntegrationKey: c.Duo.IntegrationKey, SecretKey: c.Duo.SecretKey.Reveal(),
		HTTPClient: client, Clock: a.o.Clock, Logger: a.o.Logger, Recorder: deps.For("duo", duo.Operations()), Random: a.o.Jitter,
	})
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	books, err := catalogues(c)
	if err != nil {
		return err
	}
	dialogue := dialogueOf(c)
	directory, err := a.directory(ctx, deps)
	if err != nil {
		return err
	}
	key := a.pseudonymKey()
	names, err := caller.NewPseudonyms(key)
	if err != nil {
		return fmt.Errorf("keys.pseudonym: %w", err)
	}
	if err := a.importNumbers(ctx, directory, names); err != nil {
		return err
	}
	directory = bounded(directory)
	wording := wording{books: books, lines: c.Lines}
	texts := texter{carrier: carrier, wording: wording, validity: c.Policy.CodeValidity.Std()}
	people := people{directory: directory, names: names}
	mails, err := a.openMail(deps)
	if err != nil {
		return err
	}
	tell, err := a.openTeller(carrier, mails, wording, key, directory, names)
	if err != nil {
		return err
	}
	a.lead = a.newLead(names, tell)
	ledgerBooks := linkBooks{ledger: a.ledger, gate: a.o.Gate, tell: tell, version: policyVersion(c)}
	a.settleStale(tell.kick)
	present := guard{ledger: a.ledger, gate: a.o.Gate, now: a.o.Clock.Now}
	a.closures = &closures{ledger: a.ledger, gate: a.o.Gate, now: a.o.Clock.Now, logger: a.o.Logger}
	a.lead.closures = a.closures
	r := &runner{
		closures: a.closures,
		ended: endings{
			events: tell.events, books: a.ledger, gate: a.o.Gate, version: policyVersion(c), names: names, policy: dialogue.Policy,
			clock: a.o.Clock, logger: a.o.Logger,
		},
		desk: deskAdapter{logger: a.o.Logger, policy: dialogue.Policy, now: a.o.Clock.Now, closures: a.closures},
	}
	news := newsroom{teller: tell, ledger: a.ledger, firstLine: c.Lines[0].ID}
	proofs := caller.Options{
		Directory: directory, Sender: texts, Pseudonyms: names, Pusher: pusher{admin}, Kept: a.store.Values(),
		Notices: news,
	}
	if mails != nil {
		proofs.Mailer = mailer{client: mails, wording: wording}
	}
	if r.caller, err = a.callers(proofs); err != nil {
		return err
	}
	if r.reconnect, err = reconnect.New(reconnect.Options{
		Duo: duoAdapter{admin, a.o.Clock.Now}, People: people, Texter: texts, Ledger: ledgerBooks, Kept: a.store.Values(), Guard: present, SIMs: a.simCards(carrier), Wording: wording, Policy: dialogue.Policy,
		Zones: zones(c), WebPages: webPages(c), Life: c.Duo.LinkValidity.Std(), Clock: a.o.Clock, Logger: a.o.Logger, Registerer: a.exporter.Registry(),
		StatusURL: func(callSID string, t ivr.Text, send uint8) string { return a.line.TextStatusURL(callSID, t, send) },
	}); err != nil {
		return fmt.Errorf("reconnect: %w", err)
	}
	if err := a.openDesk(tools{carrier: carrier, pusher: pusher{admin}, directory: directory, news: news, names: names}, key); err != nil {
		return err
	}
	r.desk.desk = a.desk
	r.called = called{a}
	if err := a.openLine(dialogue, books, r); err != nil {
		return err
	}
	if err := a.openCallbacks(dialogue, names, key, tell, wording); err != nil {
		return err
	}
	return a.openChanges(carrier, admin, changeDeps{
		directory: directory, names: names, tell: tell, wording: wording, policy: dialogue.Policy, key: key,
	})
}

// callers opens the service that finds out who is calling; o has what the clients are for.
func (a *App) callers(o caller.Options) (*caller.Service, error) {
	p := a.o.Config.Policy
	books := gated{ledger: a.ledger, gate: a.o.Gate}
	o.Failures, o.Numbers, o.Proofs, o.Freezes, o.Threats = books, books, books, books, books
	o.Windows, o.Meter = a.store.Windows(), a.store.Meter()
	o.Limits = caller.Limits{
		CallsPerNumber: p.Limits.CallsPerNumber, CallsPerShared: p.Limits.CallsPerSharedNumber,
		IDsPerNumber: p.Limits.BadIDsPerNumberHour, IDsPerPrefix: p.Limits.BadIDsPerPrefixHour,
		SendsPerHour: p.Limits.SendsPerHour, SendsPerDay: p.Limits.SendsPerDay, SendGap: p.Limits.SendGap.Std(),
		CodeLife: p.CodeValidity.Std(), CodeTries: p.Limits.CodeTries, VerdictLife: p.VerdictValidity.Std(),
	}
	o.Threat = sessions.MeterParams{Failures: p.Threat.Failures, Members: p.Threat.Subjects, Origins: p.Threat.Origins}
	o.ThreatLasts = p.Threat.Lasts.Std()
	o.Shared, o.Privileged, o.Asks = sharedNumbers(p), a.o.Config.Privileged, asks(a.o.Config)
	o.Need = a.o.Config.Need
	o.Clock, o.Hashing, o.Logger, o.Registerer = a.o.Clock, a.o.Hashing, a.o.Logger, a.exporter.Registry()
	svc, err := caller.NewService(o)
	if err != nil {
		return nil, fmt.Errorf("callers: %w", err)
	}
	a.onStop("callers", svc.Close)
	for _, l := range a.o.Config.Lines {
		for _, f := range config.Factors(l.Factors) {
			if !svc.Has(f) {
				return nil, fmt.Errorf("line %s: the factor %s lacks what it needs", l.ID, f)
			}
		}
	}
	return svc, nil
}

func (a *App) openDesk(t tools, key []byte) error {
	if err := a.openTools(t, key); err != nil {
		return err
	}
	c, carrier := a.o.Config, t.carrier
	o := desk.Options{
		Store: a.store, Dialer: dialer{carrier}, Mover: mover{app: a, carrier: carrier}, Mixer: mixer{app: a, carrier: carrier},
		Trail: deskTrail{ledger: a.ledger, gate: a.o.Gate}, NewID: func() string { return rand.Text() },
		URLs: func(id string, offer int) (first, fallback, status string) { return a.line.AgentURLs(id, offer) },
		Down: func(err error) bool {
			return errors.Is(err, twilio.ErrUnavailable) || errors.Is(err, twilio.ErrUnclear) || errors.Is(err, twilio.ErrCredentials) || errors.Is(err, twilio.ErrThrottled)
		},
		Gone:     func(err error) bool { return errors.Is(err, twilio.ErrGone) },
		PageGone: a.awayBecause(console.AwayPageGone), Missed: a.awayBecause(console.AwayMissed),
		Clock: a.o.Clock, Logger: a.o.Logger, Registerer: a.exporter.Registry(), WrapUp: c.Desk.WrapUp.Std(),
		Callbacks: deskCallbacks{a}, PersonWindow: c.Callbacks.Window.Std(),
		PersonURLs: func(id string, offer int, line, language string) (first, fallback, status string) {
			return a.line.PersonURLs(id, offer, line, language)
		},
		RingTimeout: c.Desk.RingTimeout.Std(), MaxWait: c.Desk.MaxWait.Std(), Rounds: c.Desk.Rounds, MaxWaiting: c.Desk.MaxWaiting,
		AnswerWithin: c.Desk.AnswerWithin.Std(), ShortAbandon: c.Desk.ShortAbandon.Std(),
	}
	hours := map[string]ivr.Hours{}
	o.Open = func(id string, at time.Time) bool {
		open, _, _ := hours[id].Open(at)
		return open && !a.closures.shut(id, at)
	}
	for _, l := range c.Lines {
		hours[l.ID] = l.Schedule
		o.Lines = append(o.Lines, desk.Line{ID: l.ID, Name: spoken(l), From: string(l.Number), Callbacks: c.Callbacks.On(), Zone: l.Schedule.Location})
	}
	for _, g := range c.Desk.Agents {
		agent := desk.Agent{ID: g.ID, Name: g.Name, Spoken: g.Spoken, Phone: string(g.Phone), Languages: g.Languages}
		for _, l := range c.Lines {
			if g.Serves(l) {
				agent.Lines = append(agent.Lines, l.ID)
			}
		}
		o.Agents = append(o.Agents, agent)
	}
	d, err := desk.New(o)
	if err != nil {
		return fmt.Errorf("desk: %w", err)
	}
	a.desk = d
	a.onStop("desk", d.Close)
	return nil
}

// simCards are the look-ups of SIM changes; nil where the account has none.
func (a *App) simCards(carrier *twilio.Client) reconnect.SIMs {
	if !a.o.Config.Twilio.SIMSwap {
		return nil
	}
	return sims{carrier: carrier, age: a.o.Config.Policy.SIMMinAge.Std(), now: a.o.Clock.Now}
}

func (a *App) openLine(d *ivr.Dialogue, books map[string]*words.Catalogue, r line.Runner) error {
	c := a.o.Config
	tokens := []string{c.Twilio.AuthToken.Reveal()}
	if old := c.Twilio.AuthTokenOld.Reveal(); old != "" {
		tokens = append(tokens, old)
	}
	v, err := signature.New(tokens...)
	if err != nil {
		return fmt.Errorf("twilio.auth_token: %w", err)
	}
	voices := map[string]twiml.Voice{}
	for _, l := range c.Lines {
		voices[l.ID] = twiml.Voice(l.Voice)
	}
	a.line, err = line.New(line.Options{
		Dialogue: d, Words: books, Voices: voices, Records: a.store, Runner: r, Desk: deskAdapter{desk: a.desk, logger: a.o.Logger, closures: a.closures}, Validator: v,
		AccountSID: c.Twilio.AccountSID, PublicURL: c.PublicURL, Music: c.Desk.WaitMusic, Clock: a.o.Clock, Logger: a.o.Logger, Registerer: a.exporter.Registry(),
	})
	if err != nil {
		return fmt.Errorf("line: %w", err)
	}
	a.onStop("line", a.line.Close)
	return nil
}

// pseudonymKey is the key under which people are filed.
func (a *App) pseudonymKey() []byte {
	key := a.o.Config.Keys.Pseudonym.Bytes()
	if len(key) == 0 { // allowed only where everything is forgotten with the process
		key = make([]byte, 32)
		_, _ = rand.Read(key)
	}
	return key
}

// policyVersion names the policy in the audit: 12 hex digits of what it demands.
func policyVersion(c *config.Config) string {
	h := sha256.New()
	fmt.Fprintf(h, "%+v\n", c.Policy)
	for _, l := range c.Lines {
		fmt.Fprintf(h, "%s %v %+v %v\n", l.ID, l.Factors, l.Policy, l.PrivilegedGroups)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// catalogues are the words of each line.
func catalogues(c *config.Config) (map[string]*words.Catalogue, error) {
	books := map[string]*words.Catalogue{}
	for _, l := range c.Lines {
		own := map[string]string{}
		maps.Copy(own, l.Words)
		if l.Notice != "" {
			own["notice"] = l.Notice
		}
		w, err := words.New(words.Options{Words: own, Language: l.Languages[0]})
		if err != nil {
			return nil, fmt.Errorf("lines %s: %w", l.ID, err)
		}
		books[l.ID] = w
	}
	return books, nil
}

// dialogueOf is the configuration as the dialogue wants it.
func dialogueOf(c *config.Config) *ivr.Dialogue {
	p := c.Policy
	d := &ivr.Dialogue{Policy: ivr.Policy{
		VerdictLife: p.VerdictValidity.Std(), NumberAge: p.NumberMinAge.Std(), CodeLife: p.CodeValidity.Std(),
		CodeTries: uint8(p.Limits.CodeTries), CallFailures: uint8(p.Limits.CallFailures), CallIDs: uint8(p.Limits.IDsPerCall), //nolint:gosec // bounded by the config's checks
	}.WithDefaults()}
	for _, l := range c.Lines {
		d.Lines = append(d.Lines, ivr.Line{
			ID: l.ID, Name: spoken(l), Number: string(l.Number), Languages: l.Languages, IDDigits: l.UniqueID.Digits,
			Factors: config.Factors(l.Factors), Hours: l.Schedule, Notice: l.Notice != "", Fallback: string(l.FallbackNumber), Web: l.SelfServiceURL != "",
			Callbacks: c.Callbacks.On(), Slots: c.Callbacks.Slots, Quiet: c.Callbacks.Silence(), Need: c.Need(l.ID, nil),
		})
	}
	return d
}

func spoken(l config.Line) string {
	if l.SpokenName != "" {
		return l.SpokenName
	}
	return l.Name
}

func zones(c *config.Config) map[string]*time.Location {
	z := map[string]*time.Location{}
	for _, l := range c.Lines {
		z[l.ID] = l.Schedule.Location
	}
	return z
}

func webPages(c *config.Config) map[string]string {
	pages := map[string]string{}
	for _, l := range c.Lines {
		pages[l.ID] = l.SelfServiceURL
	}
	return pages
}

func sharedNumbers(p config.Policy) func(string) bool {
	return func(number string) bool {
		for _, r := range p.SharedNumbers {
			if r.Contains(number) {
				return true
			}
		}
		return false
	}
}

// asks says whether a line asks for a factor.
func asks(c *config.Config) func(string, ivr.Factor) bool {
	factors := map[string][]ivr.Factor{}
	for _, l := range c.Lines {
		factors[l.ID] = config.Factors(l.Factors)
	}
	return func(line string, f ivr.Factor) bool { return slices.Contains(factors[line], f) }
}
