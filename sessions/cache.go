package sessions

import (
	"container/list"
	"sync"
	"time"
)

// copyOf is an optimistic copy of a record, checked by the write. Its slices
// are never modified.
type copyOf struct {
	header  string // the token of compare-and-set
	version uint64
	plain   []byte // envelope and body
	expires time.Time
}

// cache keeps the records used last. A nil cache keeps none.
type cache struct {
	mu    sync.Mutex
	limit int
	order *list.List // of *cached, most recent first
	byKey map[string]*list.Element
}

type cached struct {
	key  string
	copy copyOf
}

func newCache(limit int) *cache {
	if limit <= 0 {
		return nil
	}
	return &cache{limit: limit, order: list.New(), byKey: make(map[string]*list.Element)}
}

func (c *cache) get(key string, now time.Time) (copyOf, bool) {
	if c == nil {
		return copyOf{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.byKey[key]
	if !ok {
		return copyOf{}, false
	}
	held := at.Value.(*cached)
	if !now.Before(held.copy.expires) {
		c.remove(at)
		return copyOf{}, false
	}
	c.order.MoveToFront(at)
	return held.copy, true
}

func (c *cache) put(key string, v copyOf) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.byKey[key]; ok {
		at.Value.(*cached).copy = v
		c.order.MoveToFront(at)
		return
	}
	c.byKey[key] = c.order.PushFront(&cached{key, v})
	if c.order.Len() > c.limit {
		c.remove(c.order.Back())
	}
}

func (c *cache) drop(key string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if at, ok := c.byKey[key]; ok {
		c.remove(at)
	}
}

func (c *cache) remove(at *list.Element) {
	c.order.Remove(at)
	delete(c.byKey, at.Value.(*cached).key)
}
