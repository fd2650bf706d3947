package carrier

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The states of a message, as Twilio names them.
const (
	messageAccepted    = "accepted"
	messageQueued      = "queued"
	messageSent        = "sent"
	messageDelivered   = "delivered"
	messageUndelivered = "undelivered"
)

// How long a message takes to be sent and, from then on, to arrive.
const (
	sentAfter      = time.Second
	deliveredAfter = 2 * time.Second
)

// codeExpired is that of a message whose validity period ran out.
const codeExpired = 30036

// message is a text from the application.
type message struct {
	sid, from, to, body, service string
	status                       string
	code                         int
	created, updated, sent       time.Time
	callback, method             string
	validity                     time.Duration
}

// deliver is the life of a message. Its initial status is not reported.
func (c *Carrier) deliver(ctx context.Context, m *message) {
	p := c.phone(m.to)
	fate := p.textFate
	c.pause(ctx, sentAfter)
	m.sent = c.now()
	c.moveTo(ctx, m, messageSent, 0)
	if fate.lost {
		return
	}
	wait := deliveredAfter + fate.late
	c.pause(ctx, min(wait, m.validity))
	switch {
	case c.closed:
	case wait > m.validity:
		c.moveTo(ctx, m, messageUndelivered, codeExpired)
	case fate.code != 0:
		c.moveTo(ctx, m, messageUndelivered, fate.code)
	default:
		p.inbox = append(p.inbox, Text{SID: m.sid, From: m.from, To: m.to, Body: m.body, At: c.now()})
		p.bell.ring()
		c.moveTo(ctx, m, messageDelivered, 0)
	}
}

func (c *Carrier) moveTo(ctx context.Context, m *message, status string, code int) {
	m.status, m.code, m.updated = status, code, c.now()
	form := url.Values{
		"MessageSid": {m.sid}, "SmsSid": {m.sid}, "MessageStatus": {status}, "SmsStatus": {status},
		"AccountSid": {c.opts.AccountSID}, "ApiVersion": {apiVersion}, "From": {m.from}, "To": {m.to},
	}
	if m.service != "" {
		form.Set("MessagingServiceSid", m.service)
	}
	if code != 0 {
		form.Set("ErrorCode", strconv.Itoa(code))
	}
	if status == messageDelivered || status == messageUndelivered {
		form.Set("RawDlrDoneDate", c.now().UTC().Format("0601021504"))
	}
	c.callback(ctx, hook{url: m.callback, method: m.method, form: form, sid: m.sid})
}

// Text sends a text to a number that the application owns, which is told of it
// by its SmsURL. STOP and its kin, alone, opt the phone out of that number's
// texts, START and its kin in again.
func (p *Phone) Text(ctx context.Context, to, body string) error {
	c := p.c
	c.mu.Lock()
	defer c.mu.Unlock()
	cfg, owned := c.owned(to)
	if !owned {
		return errNotOwned
	}
	if c.closed {
		return errors.New("the carrier is closed")
	}
	form := url.Values{
		"MessageSid": {c.sid(sidMessage)}, "AccountSid": {c.opts.AccountSID}, "ApiVersion": {apiVersion},
		"From": {p.number}, "To": {to}, "Body": {body}, "NumMedia": {"0"}, "NumSegments": {"1"}, "SmsStatus": {"received"},
	}
	form.Set("SmsSid", form.Get("MessageSid"))
	switch strings.ToUpper(strings.TrimSpace(body)) {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		p.optedOut[to] = true
		form.Set("OptOutType", "STOP")
	case "START", "YES", "UNSTOP":
		delete(p.optedOut, to)
		form.Set("OptOutType", "START")
	case "HELP", "INFO":
		form.Set("OptOutType", "HELP")
	}
	c.callback(ctx, hook{url: cfg.SmsURL, form: form, sid: form.Get("MessageSid")})
	return nil
}

func (c *Carrier) messageJSON(m *message) map[string]any {
	var code any
	if m.code != 0 {
		code = m.code
	}
	return map[string]any{
		"sid": m.sid, "account_sid": c.opts.AccountSID, "messaging_service_sid": optional(m.service),
		"to": m.to, "from": optional(m.from), "body": m.body, "status": m.status, "error_code": code,
		"error_message": nil, "direction": outboundAPI, "api_version": apiVersion, "num_media": "0",
		"num_segments": strconv.Itoa(segments(m.body)), "price": nil, "price_unit": "USD",
		"date_created": date(m.created), "date_updated": date(m.updated), "date_sent": date(m.sent),
		"uri": c.uri("/Messages/" + m.sid),
	}
}

// segments is how many parts a text takes: of 160 characters, or 70 when it has
// any that is not ASCII (a little stricter than GSM 7 bit), less when several.
func segments(body string) int {
	one, many := 160, 153
	n := 0
	for _, r := range body {
		n++
		if r > 0x7e {
			one, many = 70, 67
		}
	}
	if n <= one {
		return 1
	}
	return (n + many - 1) / many
}

func (c *Carrier) listMessages(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	var list []*message
	for _, m := range newest(c.messages) {
		if fits(form, "To", m.to) && fits(form, "From", m.from) {
			list = append(list, m)
		}
	}
	return page(r, form, "messages", list, c.messageJSON)
}

func (c *Carrier) fetchMessage(_ context.Context, r *http.Request, _ url.Values) (answer, *restError) {
	i := slices.IndexFunc(c.messages, func(m *message) bool { return m.sid == r.PathValue("sid") })
	if i < 0 {
		return answer{}, notFound(r)
	}
	return ok(c.messageJSON(c.messages[i]))
}

func (c *Carrier) createMessage(ctx context.Context, _ *http.Request, form url.Values) (answer, *restError) {
	m := &message{
		from: form.Get("From"), to: form.Get("To"), body: form.Get("Body"), service: form.Get("MessagingServiceSid"),
		status: messageQueued, callback: form.Get("StatusCallback"), method: form.Get("StatusCallbackMethod"),
		created: c.now(), updated: c.now(), validity: 36000 * time.Second,
	}
	if err := c.refuseMessage(m, form); err != nil {
		return answer{}, err
	}
	m.sid = c.sid(sidMessage)
	c.messages = append(c.messages, m)
	if m.service != "" {
		m.status = messageAccepted
		m.from = c.anyNumber()
	}
	body := c.messageJSON(m)
	if m.service != "" {
		body["from"] = nil // not chosen yet
	}
	c.spawn(ctx, 0, func(ctx context.Context) { c.deliver(ctx, m) })
	return created(body)
}

// anyNumber is the sender that a messaging service picks.
func (c *Carrier) anyNumber() string {
	var all []string
	for n := range c.numbers {
		all = append(all, n)
	}
	if len(all) == 0 {
		return ""
	}
	return slices.Min(all)
}

// refuseMessage is why the API does not take a message, or nil.
func (c *Carrier) refuseMessage(m *message, form url.Values) *restError {
	if v := form.Get("ValidityPeriod"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 36000 {
			return badRequest(codeInvalid, "ValidityPeriod is not between 1 and 36000")
		}
		m.validity = time.Duration(n) * time.Second
	}
	if err := c.refuseText(m); err != nil {
		return err
	}
	return c.phone(m.to).refuseFrom(cmp.Or(m.from, c.anyNumber()))
}

// refuseText is why nobody could be sent that message, or nil.
func (c *Carrier) refuseText(m *message) *restError {
	_, owned := c.owned(m.from)
	switch {
	case m.to == "":
		return badRequest(codeNoRecipient, "A 'To' phone number is required.")
	case m.from == "" && m.service == "":
		return badRequest(codeNoSender, "A 'From' phone number is required.")
	case m.body == "":
		return badRequest(codeNoBody, "Message body is required.")
	case len([]rune(m.body)) > 1600:
		return badRequest(codeBodyTooLong, "The concatenated message body exceeds the 1600 character limit")
	case !isE164(m.to):
		return badRequest(codeInvalidTo, "Invalid 'To' Phone Number")
	case m.from != "" && !owned:
		return badRequest(codeFromNotOwned, "The 'From' phone number is not a valid, message-capable number of this account")
	}
	return nil
}

// refuseFrom is why this phone cannot be sent anything by that number, or nil.
func (p *Phone) refuseFrom(from string) *restError {
	switch {
	case p.textFate.optedOut || p.optedOut[from]:
		return badRequest(codeOptedOut, "Attempt to send to unsubscribed recipient")
	case p.textFate.refused != 0:
		return badRequest(p.textFate.refused, "'To' number is not a valid mobile number")
	}
	return nil
}
