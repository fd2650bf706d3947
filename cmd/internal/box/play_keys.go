package box

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"time"
)

// keys puts in what the caller reads off a phone, a device or an e-mail.
func (p *player) keys(ctx context.Context, s Step) (string, error) {
	keys := s.Words[0]
	if strings.Contains(keys, "{push}") && p.pushed == "" {
		return "", p.fail(s, "no push has been answered")
	}
	if strings.Contains(keys, "{ref}") && p.ref == "" {
		return "", p.fail(s, "no notice with a reference has been looked at")
	}
	keys = strings.NewReplacer("{push}", p.pushed, "{ref}", p.ref).Replace(keys)
	if !strings.Contains(keys, "{") {
		return keys, nil
	}
	code, err := p.awaitCode(ctx, s)
	if err != nil {
		return "", err
	}
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	return strings.NewReplacer("{code}", code, "{wrong}", wrong).Replace(keys), nil
}

// awaitCode is the last code that was sent to anybody in the box: before the verdict
// nobody but their phones and mailboxes knows where it went.
func (p *player) awaitCode(ctx context.Context, s Step) (string, error) {
	deadline := p.w.Clock.Now().Add(30 * time.Second)
	for {
		if code := p.newestCode(); code != "" {
			return code, nil
		}
		if strings.Contains(s.Words[0], "{wrong}") {
			return "999999", nil
		}
		if !p.w.Clock.Now().Before(deadline) {
			return "", p.fail(s, "no code has been sent")
		}
		if err := p.w.Clock.Sleep(ctx, time.Second); err != nil {
			return "", err //nolint:wrapcheck // the context's cause
		}
	}
}

// newestCode is the code of the last text or e-mail that has one.
func (p *player) newestCode() string {
	re := regexp.MustCompile(codePattern)
	newest, code := p.codeAt, p.code
	look := func(at time.Time, body string) {
		if m := re.FindStringSubmatch(body); m != nil && !at.Before(newest) {
			newest, code = at, m[1]
		}
	}
	for _, person := range p.w.people.People() {
		for _, ph := range person.Phones {
			for _, t := range p.w.Carrier.Phone(ph.Number).Texts() {
				look(t.At, t.Body)
			}
		}
		for _, e := range person.Emails {
			for _, m := range p.w.Mail.Messages(e.Address) {
				look(m.At, m.Text)
			}
		}
	}
	return code
}

// read is a text or an e-mail that the script takes: what it says is known from then on.
func (p *player) read(at time.Time, body string) {
	if m := regexp.MustCompile(codePattern).FindStringSubmatch(body); m != nil {
		p.codeAt, p.code = at, m[1]
	}
	if m := regexp.MustCompile(`key in (\d{8})`).FindStringSubmatch(body); m != nil {
		p.ref = m[1]
	}
}

const codePattern = `^(\d{6}) is your code`

// email looks at what has been mailed to an address, and takes it.
func (p *player) email(ctx context.Context, s Step) error {
	m, err := p.w.Mail.WaitMessage(ctx, s.Words[0], hearLimit, s.Match.MatchString)
	if err != nil {
		return p.fail(s, "no such e-mail came; %d others did", len(p.w.Mail.Messages(s.Words[0])))
	}
	p.note("", "mail to "+s.Words[0], m.Subject+": "+strings.TrimSpace(m.Text))
	p.read(m.At, m.Text)
	return nil
}

// push answers the verification push on one of a person's devices.
func (p *player) push(ctx context.Context, s Step) error {
	name, answer := s.Words[0], s.Words[1]
	deadline := p.w.Clock.Now().Add(30 * time.Second)
	for {
		for _, u := range p.w.Duo.Users() {
			for _, push := range p.w.Duo.Pushes() {
				if u.Username != name || push.UserID != u.ID {
					continue
				}
				p.pushed = push.Code
				if err := p.w.Duo.Answer(push.ID, answer); err != nil {
					return p.fail(s, "%v", err)
				}
				p.note("", name, answer+" on the device, which shows "+push.Code)
				return nil
			}
		}
		if !p.w.Clock.Now().Before(deadline) {
			return p.fail(s, "no push shows on a device of %s", name)
		}
		if err := p.w.Clock.Sleep(ctx, time.Second); err != nil {
			return errors.Join(err)
		}
	}
}
