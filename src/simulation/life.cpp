// The life of a request, from placement to its last token.
#include <algorithm>

#include "core/error.hpp"
#include "core/random_stream.hpp"
#include "simulation/simulation.hpp"

namespace pigou {

RequestView Simulation::request_view(std::uint32_t request) const {
  const Workload& w = *workload_;
  const std::uint32_t row = w.row[request];
  const std::uint32_t copy = w.copy_of(request);
  const std::uint32_t input = std::max(1U, w.trace.input_tokens[row]);
  RequestView view;
  const std::uint32_t block = w.segments.engine_block_tokens;
  view.block_tokens = block;
  view.row = {input, view_.blocks_of(input, block)};
  view.copy = copy;
  view.trace_blocks = w.trace.blocks(row);
  view.trace_block_tokens = w.trace.block_tokens;
  view.path = prompt_path(row, copy);
  if (view_.needs().recorded_placement) {
    view.recorded_entry = placement_->entry(row);
    view.recorded_decode = placement_->decode(row);
  }
  if (view_.needs().labels.hints()) view.hints = hints_.of(row);
  if (!w.segments.adapter.empty()) view.adapter = w.segments.adapter[row];
  view.session = mix64((std::uint64_t{copy} << 32) | w.conversation[row]);
  return view;
}

/// The request as its next placement finds it: a continued one brings its tokens so far.
RequestView Simulation::view_of(std::uint32_t slot) const {
  const Life& life = lives_[slot];
  RequestView view = request_view(life.request);
  if (life.carried > 0) {
    view.row.input_tokens += life.carried;
    view.row.blocks = view_.blocks_of(view.row.input_tokens, view.block_tokens);
  }
  return view;
}

PathView Simulation::prompt_path(std::uint32_t row, std::uint32_t copy) const {
  const SegmentedTrace& segments = workload_->segments;
  PathView path;
  path.prompt = segments.path(row);
  path.offset = copy * segments.count();
  path.blocks_of = segments.segment_blocks.data();
  return path;
}

/// Somebody could serve the request, but the pool the router chose never can: its engine answers
/// with an error, as a real one does. True if so.
bool Simulation::refused(std::uint32_t slot, std::uint32_t instance, std::uint32_t output) {
  const char* reason = Cluster::rejects(cluster_.pool_of(instance), lives_[slot].input, output);
  if (reason == nullptr) return false;
  ++rejected_by_[reason];
  if (breakers_.on()) count_success(lives_[slot]);  // it is there, and says 400
  end(slot, Outcome::kRejected);
  return true;
}

/// `believed` < 0: what the view believes.
void Simulation::place_entry(std::uint32_t slot, std::uint32_t instance, std::int64_t believed) {
  Life& life = lives_[slot];
  life.entry_instance = instance;
  life.placed = true;
  if (prefetches_) cluster_.prefetch(instance);
  const bool local = instance >= cluster_.entry_instances();
  // A prefill side computes the tokens so far again, and one more.
  if (refused(slot, instance, split_ && !local ? life.carried + 1 : life.output)) return;
  const std::uint32_t believed_tokens =
      believed >= 0 ? static_cast<std::uint32_t>(std::min<std::int64_t>(believed, life.input - 1))
                    : view_.believed_tokens(instance);
  if (life.first_token == kNever) {  // else its row is of the attempt that sent the first token
    life.believes = believed >= 0 || view_.hears_of(instance);
    life.believed_tokens = believed_tokens;
  }
  const std::int64_t cached = believed >= 0 ? believed : view_.cached_tokens(instance);
  life.entry_booking =
      view_.book_entry(instance, view_.needs().whole_blocks ? cached : believed_tokens);
  tell_peers(PeerNews::Kind::kAdd, slot, life.replica, life.request, life.entry_booking);
  send(slot, false);
}

void Simulation::place_decode(std::uint32_t slot, std::uint32_t instance) {
  if (prefetches_) cluster_.prefetch(instance);
  require(instance >= cluster_.entry_instances() && instance < cluster_.instances(),
          "place decode names a decode instance");
  Life& life = lives_[slot];
  const bool chosen_before = life.decode_instance != kNoIndex;
  life.decode_instance = instance;
  if (refused(slot, instance, life.output)) {
    let_go(slot);
    return;
  }
  const std::uint32_t block = workload_->segments.engine_block_tokens;
  life.decode_booking =
      view_.book_decode(life.replica, instance, view_.blocks_of(life.input + life.carried, block));
  tell_peers(PeerNews::Kind::kAdd, slot, life.replica, life.request, life.decode_booking);
  chosen_before ? deliver(slot, true) : send(slot, true);
}

/// A call reaches its engine.
void Simulation::deliver(std::uint32_t slot, bool decode) {
  Life& life = lives_[slot];
  const std::uint32_t instance = decode ? life.decode_instance : life.entry_instance;
  if (!fleet_.serves(instance)) {  // nobody answers there
    decode ? lose_hand_off(slot) : lose(slot);
    return after(instance);
  }
  if (!decode && life.decode_instance != kNoIndex && !fleet_.serves(life.decode_instance))
    return lose(slot);  // half a pair is none
  const bool whole = !decode && (!split_ || instance >= cluster_.entry_instances());
  const bool prefill_token = config_.first_token == FirstToken::kPrefill;
  const std::uint32_t id = cluster_.calls.make();
  Call& call = cluster_.calls[id];
  call.request = life.request;
  call.life = slot;
  call.input = life.input;
  call.generated = life.carried + (decode && prefill_token ? 1 : 0);
  call.target = decode || whole ? life.output : life.carried + 1;
  call.row = life.row;
  call.segment_offset = life.copy * workload_->segments.count();
  if (decode) {
    call.last_token = life.last_token;
    call.resumed = !prefill_token && life.carried > 0;
    call.remote_kv = true;
    call.kv_tokens = life.input + life.carried;
    life.decode_call = id;
  } else {
    call.resumed = life.carried > 0;
    call.last_token = whole || prefill_token ? life.last_token : kNever;
    call.pin_at_finish = !whole && !(prefill_token && life.output == life.carried + 1);
    life.entry_call = id;
    life.pending = life.input + life.carried;
    if (instance < cluster_.entry_instances()) pending_prefill_[instance] += life.pending;
  }
  touch(instance, Phase::kFollowUp);
  cluster_.enqueue(instance, id, now_, events_);
  after(instance);
}

void Simulation::drain_notices() {
  // Handling one may add more behind it.
  for (std::size_t n = 0; n < cluster_.notices.size(); ++n) on_notice(Notice(cluster_.notices[n]));
  cluster_.notices.clear();
}

void Simulation::on_notice(const Notice& notice) {
  const Call& call = cluster_.calls[notice.call];
  const std::uint32_t slot = call.life;
  if (slot == kNoIndex) {  // its request has gone on without it
    if (notice.kind == Notice::Kind::kAborted || notice.kind == Notice::Kind::kLost)
      cluster_.calls.drop(notice.call);
    return;
  }
  Life& life = lives_[slot];
  switch (notice.kind) {
    case Notice::Kind::kAdmitted:
      on_admitted(life, call, notice.value);
      break;
    case Notice::Kind::kToken:
      on_token(slot, notice.call);
      break;
    case Notice::Kind::kFinished:
      on_finished(slot, notice.call);
      break;
    case Notice::Kind::kPreempted:
      ++life.preemptions;
      break;
    case Notice::Kind::kAborted:
      on_aborted(slot, notice.call);
      break;
    case Notice::Kind::kLost:
      on_lost(slot, notice.call);
      break;
    case Notice::Kind::kDeparted:
      on_departed(slot, notice.call);
      break;
    case Notice::Kind::kTransferWanted: {
      const PoolModel& model = cluster_.pool_of(call.instance).model;
      const std::uint64_t bytes =
          notice.value * model.kv_bytes_per_token + model.kv_bytes_per_sequence;
      const std::uint32_t sender = cluster_.calls[life.entry_call].instance;
      links_.submit(sender, call.instance, bytes, notice.call, now_, events_);
      break;
    }
  }
}

void Simulation::on_admitted(Life& life, const Call& call, std::uint64_t hit) {
  if (call.remote_kv) return;
  computed(life, static_cast<std::uint32_t>(hit));
  if (decisions_.on()) decisions_.admitted(life.request, hit);
  if (life.scheduled != kNever) return;
  life.scheduled = now_;
  life.hit_tokens = static_cast<std::uint32_t>(hit);
  hit_tokens_ += hit;
  admitted_tokens_ += life.input;
  if (!life.believes || life.ended) return;
  if (life.believed_tokens > hit)
    phantom_tokens_ += life.believed_tokens - hit;
  else
    missed_tokens_ += hit - life.believed_tokens;
}

void Simulation::on_token(std::uint32_t slot, std::uint32_t call) {
  Life& life = lives_[slot];
  const bool entry = call == life.entry_call;
  if (entry) computed(life, life.pending);
  if (life.ended) return;
  if (entry) report(Report::Kind::kFirstToken, slot, view_.needs().first_token);
  const bool whole = !split_ || life.entry_instance == life.decode_instance;
  if (!entry && life.decode_booking.prefill_tokens > 0) {  // computed again where it moved to
    settle(Report::Kind::kFirstToken, slot, life.replica, life.request, life.decode_booking, {});
    life.decode_booking.prefill_tokens = 0;
  }
  if (!whole && entry != (config_.first_token == FirstToken::kPrefill)) return;
  if (life.first_token == kNever) {
    life.first_token = now_;
    if (breakers_.on()) count_success(life);
  }
  life.last_token = now_;
}

/// Prompt tokens that are no longer waiting to be computed on an entry instance.
void Simulation::computed(Life& life, std::uint32_t tokens) {
  tokens = std::min(tokens, life.pending);
  life.pending -= tokens;
  if (life.entry_instance < pending_prefill_.size())
    pending_prefill_[life.entry_instance] -= tokens;
}

void Simulation::on_finished(std::uint32_t slot, std::uint32_t call) {
  Life& life = lives_[slot];
  if (call == life.entry_call && cluster_.calls[call].state == CallState::kPinned) {
    const bool choose = life.decode_instance == kNoIndex;
    report(Report::Kind::kHandOff, slot, choose);
    if (!choose) asks_.push(ask_about(Hook::kPrefillDone, slot, life.entry_instance));
    return;
  }
  if (call == life.entry_call && life.decode_instance != life.entry_instance)
    life.decode_instance = kNoIndex;  // it never got that far
  (call == life.entry_call ? life.entry_call : life.decode_call) = kNoIndex;
  cluster_.calls.drop(call);
  end(slot, Outcome::kFinished);
}

/// KV has arrived at a decode instance: the prefill side lets go, the decode side may run.
void Simulation::on_transfer(std::uint32_t instance) {
  const Transfer done = links_.pop(instance, events_);
  Life& life = lives_[cluster_.calls[done.call].life];
  const std::uint32_t pinned = life.entry_call;
  const std::uint32_t sender = cluster_.calls[pinned].instance;
  life.entry_call = kNoIndex;
  touch(sender, Phase::kTransferEnd);
  cluster_.unpin(pinned, now_, events_);
  after(sender);
  touch(instance, Phase::kTransferEnd);
  cluster_.finish_loading(done.call, now_, events_);
  after(instance);
}

void Simulation::end(std::uint32_t slot, Outcome outcome) {
  Life& life = lives_[slot];
  life.ended = true;
  ++done_;
  last_end_ = now_;
  RequestRecord row;
  row.request = life.request;
  row.outcome = outcome;
  row.arrival = life.arrival;
  row.scheduled = life.scheduled;
  row.first_token = life.first_token;
  row.end = now_;
  row.input_tokens = life.input;
  row.output_tokens = life.output;
  row.hit_tokens = life.hit_tokens;
  row.believed_tokens = life.believed_tokens;
  row.preemptions = life.preemptions;
  row.attempts = life.attempt + (life.placed ? 1 : 0);
  const bool streamed_before = life.streamed_entry != kNoIndex;
  row.instance = streamed_before ? life.streamed_entry : life.entry_instance;
  row.decode_instance = streamed_before ? life.streamed_decode : life.decode_instance;
  if (row.instance != kNoIndex)
    row.attempt = streamed_before ? life.streamed_attempt : row.attempts;
  recorder_.record(row);
  if (truth_.active()) truth_.add(row);
  report(Report::Kind::kEnd, slot, life.seen && view_.needs().finish);
  follow_up(life);
  free_if_over(slot);
  if (fleet_.draining > 0) finish_drains();
}

void Simulation::free_if_over(std::uint32_t slot) {
  Life& life = lives_[slot];
  if (!life.ended || life.request == kNoIndex) return;
  if (life.entry_call != kNoIndex || life.decode_call != kNoIndex || life.held > 0) return;
  life.request = kNoIndex;
  spare_lives_.push_back(slot);
}

}  // namespace pigou
