package clock

import (
	"container/heap"
	"time"
)

// timer is one future moment. fire runs under the clock's lock and must only
// close a channel or cancel a context; waiter, if any, is woken after it.
type timer struct {
	at     time.Time
	seq    uint64 // timers of the same moment fire in the order they were made
	index  int
	fire   func()
	waiter *task
}

// after arms a timer and returns what disarms it.
func (v *Virtual) after(waiter *task, d time.Duration, fire func()) (stop func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seq++
	t := &timer{at: v.now.Add(max(d, 0)), seq: v.seq, fire: fire, waiter: waiter}
	heap.Push(&v.timers, t)
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		if t.index >= 0 {
			heap.Remove(&v.timers, t.index)
		}
	}
}

// timerHeap orders timers by moment, then by age; see container/heap.
type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }

func (h timerHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push is for container/heap.
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}

// Pop is for container/heap.
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
