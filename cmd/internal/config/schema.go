package config

// Config is the whole file. Fields say what holds when their key is left out;
// those that say nothing have to be there.
type Config struct {
	PublicURL     string    `yaml:"public_url"`     // what the carrier requests and signs: https, http only on loopback; no path
	Listen        string    `yaml:"listen"`         // host:port; ":8080"
	MetricsListen string    `yaml:"metrics_listen"` // host:port of /metrics and pprof; ":9090"
	Redis         Redis     `yaml:"redis"`
	Ledger        Ledger    `yaml:"ledger"`
	Keys          Keys      `yaml:"keys"`
	Twilio        Twilio    `yaml:"twilio"`
	Duo           Duo       `yaml:"duo"`
	Directory     Directory `yaml:"directory"`
	Mail          Mail      `yaml:"mail"`
	Desk          Desk      `yaml:"desk"`
	Callbacks     Callbacks `yaml:"callbacks"` // nobody is called back
	Policy        Policy    `yaml:"policy"`
	Lines         []Line    `yaml:"lines"`  // at least one; the first takes calls to unknown numbers
	Events        []Event   `yaml:"events"` // where other systems are told; none
	Log           Log       `yaml:"log"`

	warnings []Problem
}

// Redis is where calls live.
type Redis struct {
	URL     Secret   `yaml:"url"`     // redis://…, rediss://…, +sentinel, +cluster (see package sessions); "embedded", which forgets
	Timeout Duration `yaml:"timeout"` // of one exchange, 10ms to 10s; 300ms, embedded 10s
}

// Embedded reports whether Redis runs inside the process.
func (r Redis) Embedded() bool { return r.URL.Reveal() == embedded }

// Ledger is where durable facts live.
type Ledger struct {
	URL Secret `yaml:"url"` // sqlite:path, sqlite::memory:, postgres://…; "sqlite:ringback.db". A relative path starts at the file's folder
}

// InMemory reports whether the ledger forgets with the process.
func (l Ledger) InMemory() bool { return l.URL.Reveal() == inMemory }

// Keys are the institution's own: base64 of 32 random bytes each, all different.
// They may be left out only when Redis is embedded and the ledger in memory.
type Keys struct {
	Sealing    Key `yaml:"sealing"`     // seals what Redis keeps
	SealingOld Key `yaml:"sealing_old"` // the one before, for 2 hours after a rotation; none
	Pseudonym  Key `yaml:"pseudonym"`   // turns people and numbers into pseudonyms; never changes
}

// Twilio is the telephone company.
type Twilio struct {
	AccountSID          string `yaml:"account_sid"`           // AC and 32 hexadecimal digits
	AuthToken           Secret `yaml:"auth_token"`            // checks webhooks
	AuthTokenOld        Secret `yaml:"auth_token_old"`        // still accepted in a rotation; none
	APIKey              string `yaml:"api_key"`               // SK…, for requests; the account's SID and token
	APISecret           Secret `yaml:"api_secret"`            // with api_key
	APIURL              string `yaml:"api_url"`               // another base for tests; Twilio's own
	MessagingServiceSID string `yaml:"messaging_service_sid"` // MG…, sends the texts; they come from `from`
	SIMSwap             bool   `yaml:"sim_swap"`              // asks Lookup whether a SIM was changed; false
	From                Number `yaml:"from"`                  // of texts without a service and of calls to agents; the first line's number
}

// Mail sends e-mailed codes and notices, by SMTP. Without a host nothing is mailed.
type Mail struct {
	Host       string   `yaml:"host"`                // of the server; none
	Port       int      `yaml:"port"`                // 465 for implicit TLS, else 587
	TLS        string   `yaml:"tls"`                 // implicit, starttls, or plain on loopback; implicit
	CAFile     string   `yaml:"ca_file" path:"true"` // of the server's certificate; the system's
	ServerName string   `yaml:"server_name"`         // in that certificate; host
	Username   string   `yaml:"username"`            // none
	Password   Secret   `yaml:"password"`
	From       string   `yaml:"from"`      // the sender's address
	FromName   string   `yaml:"from_name"` // the first line's name
	Timeout    Duration `yaml:"timeout"`   // of one message, 1s to 30s; 5s
}

// Configured reports whether e-mail is sent.
func (m Mail) Configured() bool { return m.Host != "" }

// Duo is the Admin API of the institution's Duo account.
type Duo struct {
	APIHost        string   `yaml:"api_host"`        // api-xxxxxxxx.duosecurity.com
	APIURL         string   `yaml:"api_url"`         // another base for tests; https://api_host
	IntegrationKey string   `yaml:"integration_key"` // DI…
	SecretKey      Secret   `yaml:"secret_key"`
	LinkValidity   Duration `yaml:"link_validity"` // of an activation link, 1m to 24h; 10m
}

// Directory says who the people are. The plug-in of the type decodes Config.
type Directory struct {
	Type   string `yaml:"type"`   // file, or another plug-in
	Config Raw    `yaml:"config"` // the plug-in's own keys; none
}

// Desk is the agents' side.
type Desk struct {
	Agents       []Agent      `yaml:"agents"`                    // none: callers are put through to the fallback number
	RingTimeout  Duration     `yaml:"ring_timeout"`              // of one agent, 5s to 2m; 20s
	MaxWait      Duration     `yaml:"max_wait"`                  // of a caller, 1m to 1h; 10m
	MaxWaiting   int          `yaml:"max_waiting"`               // for one line at once, 1 to 1000; 50
	Rounds       int          `yaml:"rounds"`                    // in which every agent is rung, 1 to 10; 2
	AnswerWithin Duration     `yaml:"answer_within"`             // of the service level, 5s to 5m; 20s
	ShortAbandon Duration     `yaml:"short_abandon"`             // hang-ups that it leaves out, 1s to 1m; 5s
	WrapUp       Duration     `yaml:"wrap_up"`                   // of an agent after a call, 5s to 15m; 30s
	WaitMusic    []string     `yaml:"wait_music"`                // URLs; silence between announcements
	Outcomes     []string     `yaml:"outcomes"`                  // of a call, that an agent chooses from in the wrap-up, 2 to 20; reconnected, number_changed, referred, suspect, no_show, other
	AccountsFile string       `yaml:"accounts_file" path:"true"` // local accounts of the web desk, for trying out; none
	OIDC         OIDC         `yaml:"oidc"`                      // sign-in to the web desk; none
	NumberChange NumberChange `yaml:"number_change"`
}

// NumberChange is how the desk changes somebody's number.
type NumberChange struct {
	Hold              Duration `yaml:"hold"`               // from the approval to the change, without an identity check, 0 to 168h; 24h
	ActivateIn        Duration `yaml:"activate_in"`        // before what nobody has activated is undone, 1h to 168h; 24h
	LinkValidity      Duration `yaml:"link_validity"`      // of the links to the new phone, 10m to 10h; 4h
	CaseLife          Duration `yaml:"case_life"`          // of a case that a lead has opened, 10m to 12h; 2h
	LeadsApprove      bool     `yaml:"leads_approve"`      // only leads may approve; false
	ConfirmerApproves bool     `yaml:"confirmer_approves"` // the lead who confirmed an identity check may approve, too; false
}

// Agent is a person who takes calls.
type Agent struct {
	ID        string   `yaml:"id"` // lower case letters, digits, - and _
	Name      string   `yaml:"name"`
	Spoken    string   `yaml:"spoken"` // the name as callers and colleagues hear it; name
	Phone     Number   `yaml:"phone"`
	Role      string   `yaml:"role"`      // agent or lead; agent
	Lines     []string `yaml:"lines"`     // ids; all
	Languages []string `yaml:"languages"` // that the agent speaks; en-US
	SignIn    string   `yaml:"sign_in"`   // the subject, or the verified e-mail address, that the provider tells; none
	UniqueID  string   `yaml:"unique_id"` // the agent's own: nobody changes their own number; none: changes none
}

// OIDC is the institution's sign-in.
type OIDC struct {
	Issuer       string   `yaml:"issuer"` // https
	ClientID     string   `yaml:"client_id"`
	ClientSecret Secret   `yaml:"client_secret"`
	ACRValues    []string `yaml:"acr_values"`   // of these or of amr_values the token needs one: it proves more than one factor; none
	AMRValues    []string `yaml:"amr_values"`   // none
	RoleClaim    string   `yaml:"role_claim"`   // the claim that holds roles; none: roles are those of the agents
	AgentValues  []string `yaml:"agent_values"` // what makes an agent there; none
	LeadValues   []string `yaml:"lead_values"`  // what makes a lead there; none
}

// IsZero reports whether no provider is configured.
func (o OIDC) IsZero() bool { return o.Issuer == "" }

// Policy is what an institution demands of a caller.
type Policy struct {
	Links                  LinksPolicy   `yaml:"links"`
	Number                 NumberNeed    `yaml:"number"`
	Groups                 []GroupNeeds  `yaml:"groups"`                   // what their members need besides; none
	CodeValidity           Duration      `yaml:"code_validity"`            // of a texted code, 1m to 10m; 5m
	VerdictValidity        Duration      `yaml:"verdict_validity"`         // after the last factor, 1m to 1h; 10m
	PrivilegedGroups       []string      `yaml:"privileged_groups"`        // nothing by phone for their members; none
	SIMMinAge              Duration      `yaml:"sim_min_age"`              // before a changed SIM counts, 24h to 168h; 72h
	NumberMinAge           Duration      `yaml:"number_min_age"`           // before a number on file counts, 1h to 8760h; 168h
	ImportedNumbersTrusted bool          `yaml:"imported_numbers_trusted"` // the first import's numbers count at once; false
	SharedNumbers          []NumberRange `yaml:"shared_numbers"`           // many people's, say a hospital's exchange; none
	Limits                 Limits        `yaml:"limits"`
	Threat                 Threat        `yaml:"threat"`
}

// LinksPolicy is what texting links demands of everybody.
type LinksPolicy struct {
	Need    string   `yaml:"need"`    // two_methods; strong: one of them a recovery code or a push; two_methods
	Factors []Factor `yaml:"factors"` // asked in this order; pin, texted_code, emailed_code (with mail), recovery_code, duo_push
}

// Threat says when many failures over many people raise the bar for all.
type Threat struct {
	Failures int      `yaml:"failures"` // in 10 minutes, more than which, 5 to 1000; 20
	Subjects int      `yaml:"subjects"` // over so many people, 3 to 1000; 10
	Origins  int      `yaml:"origins"`  // from so many prefixes of calling numbers, 1 to 100; 3
	Lasts    Duration `yaml:"lasts"`    // then, 10m to 24h; 30m
}

// Limits bound guesses and costs. None can be turned off.
type Limits struct {
	CodeTries            int      `yaml:"code_tries"`              // per code, 1 to 10; 3
	CallFailures         int      `yaml:"call_failures"`           // per call, 1 to 20; 6
	IDsPerCall           int      `yaml:"ids_per_call"`            // 1 to 10; 3
	BadIDsPerNumberHour  int      `yaml:"bad_ids_per_number_hour"` // per calling number, 1 to 100; 10
	BadIDsPerPrefixHour  int      `yaml:"bad_ids_per_prefix_hour"` // per its prefix, 1 to 1000; 30
	SendsPerHour         int      `yaml:"sends_per_hour"`          // per person, 1 to 10; 3
	SendsPerDay          int      `yaml:"sends_per_day"`           // per person, 1 to 20; 5
	SendGap              Duration `yaml:"send_gap"`                // between two, 10s to 10m; 30s
	ConsecutiveFailures  int      `yaml:"consecutive_failures"`    // then the factor is disabled, 3 to 100 (NIST SP 800-63B-4, 3.2.2); 10
	CallsPerNumber       int      `yaml:"calls_per_number"`        // at once, 1 to 20; 2
	CallsPerSharedNumber int      `yaml:"calls_per_shared_number"` // at once, 1 to 10000; 200
}

// Event is a hook: where another system, say of tickets, is told what has happened.
type Event struct {
	URL       Secret      `yaml:"url"`        // it may hold a token: https, http only on loopback
	Secret    Secret      `yaml:"secret"`     // that signs, at least 32 characters
	SecretOld Secret      `yaml:"secret_old"` // the one before, which signs as well in a rotation; none
	Types     []EventType `yaml:"types"`      // that it wants; all
	Include   []EventPart `yaml:"include"`    // of persons, beside the pseudonym: unique_id, note; none
}

// Log says what is logged, and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn, error; info
	Format string `yaml:"format"` // json, text; json
}
