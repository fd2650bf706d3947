package sessions_test

import (
	"bytes"
	"fmt"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

// BenchmarkUpdate measures turns of 64 callers at once on a real server, with
// and without batching. cpu-µs/op is the CPU of this process alone.
func BenchmarkUpdate(b *testing.B) {
	r := sessionstest.StartRedis(b)
	for _, batched := range []bool{true, false} {
		b.Run(fmt.Sprintf("batched=%t", batched), func(b *testing.B) {
			s, err := sessions.Open(b.Context(), sessions.Options{
				URL: r.URL(), Key: bytes.Repeat([]byte{7}, 32), Timeout: 5 * time.Second,
			})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			if !batched {
				s.Unbatched()
			}
			r.Do("FLUSHALL")
			body := bytes.Repeat([]byte("a call "), 72)
			var callers atomic.Int64
			b.SetParallelism((64 + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
			b.ReportAllocs()
			before := cpu()
			b.RunParallel(func(pb *testing.PB) {
				id := fmt.Sprintf("%s-%d-%d", b.Name(), b.N, callers.Add(1))
				keep := func([]byte, sessions.Outcome) (sessions.Change, error) { return sessions.Change{Body: body}, nil }
				if _, _, err := s.Update(b.Context(), id, sessions.Create(), keep); err != nil {
					b.Error(err)
				}
				for turn := uint32(1); pb.Next(); turn++ {
					_, out, err := s.Update(b.Context(), id, sessions.Turn(turn), keep)
					if err != nil || out != sessions.Applied {
						b.Errorf("turn %d: %v, %v", turn, out, err)
						return
					}
				}
			})
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMeter measures one failure noted on a real server, with up to eight
// days behind it, beside the least that Redis can do: a bare INCR over a client of its own
// settings.
func BenchmarkMeter(b *testing.B) {
	r := sessionstest.StartRedis(b)
	b.Run("incr", func(b *testing.B) {
		c := redis.NewClient(&redis.Options{Addr: r.Addr()})
		b.Cleanup(func() { _ = c.Close() })
		for b.Loop() {
			if err := c.Incr(b.Context(), "bare").Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
	clock := sessionstest.NewClock()
	s, err := sessions.Open(b.Context(), sessions.Options{
		URL: r.URL(), Key: bytes.Repeat([]byte{7}, 32), Timeout: 5 * time.Second, Now: clock.Now,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	note := func(b *testing.B, key, member string) {
		b.Helper()
		if _, err := s.Meter().Note(b.Context(), key, sessions.Failure{Member: member, Origin: member}, sessions.MeterParams{}); err != nil {
			b.Fatal(err)
		}
	}
	for _, days := range []int{0, 3, 8} {
		name := fmt.Sprintf("note/days=%d", days)
		for i := range days * 144 {
			note(b, name, fmt.Sprint(i))
			clock.Advance(10 * time.Minute)
		}
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				note(b, name, fmt.Sprint(i%100))
			}
		})
	}
}
