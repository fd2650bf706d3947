package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"ringback/ivr"
	"ringback/ivr/mail"
	"ringback/metrics"
)

// openMail makes the client of the mail server; nil when none is configured.
func (a *App) openMail(deps *metrics.Dependencies) (*mail.Client, error) {
	m := a.o.Config.Mail
	if !m.Configured() {
		return nil, nil //nolint:nilnil // no mail is a way to run
	}
	tls, err := mail.ParseTLS(m.TLS)
	if err != nil {
		return nil, fmt.Errorf("mail.tls: %w", err)
	}
	c, err := mail.New(mail.Options{
		Host: m.Host, Port: m.Port, TLS: tls, CAFile: m.CAFile, ServerName: m.ServerName, Username: m.Username, Password: m.Password.Reveal(),
		From: m.From, FromName: cmp.Or(m.FromName, a.o.Config.Lines[0].Name), Timeout: m.Timeout.Std(),
		Dial: a.o.Dial, Clock: a.o.Clock, Recorder: deps.For("mail", mail.Operations()),
	})
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return c, nil
}

// mailer e-mails codes.
type mailer struct {
	client  *mail.Client
	wording wording
}

// MailCode e-mails a code to an address on file. Whether it arrives is nobody's
// business before a verdict.
func (m mailer) MailCode(ctx context.Context, call ivr.Call, to, code string) ivr.Outcome {
	if m.client == nil {
		return ivr.OutcomeUnavailable
	}
	subject, err := m.wording.text(m.wording.ofLine(call), "mail_code_subject", "code", code)
	if err != nil {
		return ivr.OutcomeFailed
	}
	text, err := m.wording.text(m.wording.ofLine(call), "mail_code", "code", code)
	if err != nil {
		return ivr.OutcomeFailed
	}
	err = m.client.Send(ctx, mail.Message{To: to, Subject: subject, Text: text})
	switch {
	case err == nil, errors.Is(err, mail.ErrUnclear):
		return ivr.OutcomeOK
	case errors.Is(err, mail.ErrRefused):
		return ivr.OutcomeFailed
	}
	return ivr.OutcomeUnavailable
}
