package mail

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"
)

// patience is how much longer than an exchange a socket lives, in real time. The
// timeout of an exchange is on the clock, which a silent peer would hold still
// in a box.
const patience = 30 * time.Second

// Send sends one message over a connection of its own. Its error is an [*Error].
func (c *Client) Send(ctx context.Context, m Message) error {
	if m.check() != nil {
		err := &Error{Op: opSend, Stage: stageCompose, Kind: ErrInvalid}
		c.observe(opSend, err, 0)
		return err
	}
	raw, err := c.compose(m)
	if err != nil {
		err := &Error{Op: opSend, Stage: stageCompose, Kind: ErrInvalid}
		c.observe(opSend, err, 0)
		return err
	}
	return c.exchange(ctx, opSend, func(s *smtp.Client, at *string) error {
		*at = stageMail
		if err := s.Mail("<" + c.o.From + ">"); err != nil {
			return err
		}
		*at = stageRcpt
		if err := s.Rcpt("<" + m.To + ">"); err != nil {
			return err
		}
		*at = stageData
		w, err := s.Data()
		if err != nil {
			return err
		}
		// A message that breaks off here lacks its final dot and is thrown away.
		if _, err := w.Write(raw); err != nil {
			return err
		}
		*at = stageEnd
		return w.Close()
	})
}

// Check connects, authenticates and leaves, to see whether the options are
// right. Its error is an [*Error].
func (c *Client) Check(ctx context.Context) error {
	return c.exchange(ctx, opCheck, func(*smtp.Client, *string) error { return nil })
}

// exchange runs f on a trusted, authenticated connection, all within one
// timeout. f says at which stage it is.
func (c *Client) exchange(ctx context.Context, op string, f func(s *smtp.Client, at *string) error) error {
	started := c.o.Clock.Now()
	ctx, cancel := c.o.Clock.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	at := stageConnect
	err := c.connect(ctx, &at, f)
	if err != nil {
		err = classify(ctx, op, at, err)
	}
	c.observe(op, err, c.o.Clock.Now().Sub(started))
	return err
}

func (c *Client) connect(ctx context.Context, at *string, f func(*smtp.Client, *string) error) error {
	conn, err := c.o.Dial(ctx, "tcp", c.address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // without QUIT, a message under way is none
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(time.Now().Add(c.o.Timeout + patience)); err != nil {
		return err
	}
	s, err := c.open(ctx, conn, at)
	if err != nil {
		return err
	}
	if err := f(s, at); err != nil {
		return err
	}
	_ = s.Quit() // what was accepted stays so, whatever becomes of the goodbye
	return nil
}

// open takes a connection to where a message can be sent.
func (c *Client) open(ctx context.Context, conn net.Conn, at *string) (*smtp.Client, error) {
	if c.o.TLS == Implicit {
		*at = stageTLS
		t := tls.Client(conn, c.tls)
		if err := t.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		conn, *at = t, stageConnect
	}
	s, err := smtp.NewClient(conn, c.o.Host)
	if err != nil {
		return nil, err
	}
	s.SkipSMTPUTF8(true) // our addresses are ASCII
	*at = stageHello
	if err := s.Hello(c.o.HelloName); err != nil {
		return nil, err
	}
	if c.o.TLS == StartTLS {
		*at = stageTLS
		if offered, _ := s.Extension("STARTTLS"); !offered {
			return nil, errNoSTARTTLS
		}
		if err := s.StartTLS(c.tls); err != nil {
			return nil, err
		}
	}
	if c.o.Username != "" {
		*at = stageAuth
		return s, c.authenticate(s)
	}
	return s, nil
}

// authenticate uses what the server offers of PLAIN and LOGIN, which are as
// good as the connection that they go over.
func (c *Client) authenticate(s *smtp.Client) error {
	_, offered := s.Extension("AUTH")
	mechanisms := strings.Fields(offered)
	alone := c.o.TLS == Plain // on this machine
	switch {
	case slices.Contains(mechanisms, "PLAIN"):
		return s.Auth(smtp.PlainAuth("", c.o.Username, c.o.Password, c.o.Host, alone))
	case slices.Contains(mechanisms, "LOGIN"):
		return s.Auth(smtp.LoginAuth(c.o.Username, c.o.Password, c.o.Host, alone))
	}
	return errNoAuth
}
