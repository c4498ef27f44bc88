package browserworker

// Stats say how a pool stands.
type Stats struct {
	SignedIn  int // sessions that are signed in, as far as their last use showed
	SignedOut int
	InNeed    int   // of a person, as their last use showed
	Busy      int   // of all, those at work
	Waiting   int   // uses that wait for a session which another use has
	Memory    int64 // bytes of the browser and all that it has started; 0: none runs
}

// Stats returns how the pool stands now.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := Stats{Busy: p.busy}
	for _, s := range p.sessions {
		out.Waiting += int(s.waiting.Load())
		switch {
		case s.needs.Load():
			out.InNeed++
		case s.isReady.Load() && p.browser != nil && !p.browser.lost.Load():
			out.SignedIn++
		default:
			out.SignedOut++
		}
	}
	if p.browser != nil {
		out.Memory = memory(p.browser.pid)
	}
	return out
}
