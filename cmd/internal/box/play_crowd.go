package box

import (
	"context"
	"fmt"
	"strconv"

	"ringback/twiml/carrier"
)

// crowd has others call, from numbers of nobody's, and wait for a person.
func (p *player) crowd(ctx context.Context, s Step) error {
	to, err := p.w.number(s.Words[0])
	if err != nil {
		return p.bad(s, err)
	}
	n, _ := strconv.Atoi(s.Words[1]) // as it was parsed
	legs := make([]*carrier.Leg, n)
	for i := range legs {
		legs[i] = p.w.Carrier.Phone(fmt.Sprintf("+191955507%02d", i)).Call(ctx, to)
	}
	for i, l := range legs {
		if err := l.Hear(ctx, hearLimit, (*carrier.Leg).Gathering); err != nil {
			return p.fail(s, "caller %d of the crowd hears no menu: %v", i+1, err)
		}
		l.Press("0")
	}
	for i, l := range legs { // the music is in a Gather, too
		if err := l.Hear(ctx, hearLimit, (*carrier.Leg).Gathering); err != nil {
			return p.fail(s, "caller %d of the crowd does not wait: %v", i+1, err)
		}
	}
	p.note("", "crowd", s.Words[1]+" others wait")
	return nil
}
