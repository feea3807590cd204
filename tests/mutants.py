"""Planted faults, each of which some test of a law must notice: scripts/mutants runs them.

A mutant replaces one text, that its file holds exactly once, by another; `test` is the filter of
the tests that must fail for it, of `program` (test_ROOM, or pigou: then test_cli runs with the
mutated program). A change of the source that takes the text away makes the mutant stale, which is
an error: plant it anew. Only .cpp files: the runner compiles the mutated file alone and links it
first.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    law: int
    fault: str  # in words
    file: str
    text: str
    mutated: str
    test: str
    program: str = "test_simulation"


PLACE_ENTRY = "  place_entry(parts, action.slot, action.instance, action.believed_tokens);"


def place_elsewhere(shift):
    """The entry instance is another one, by an expression."""
    return PLACE_ENTRY.replace("action.instance,", "InstanceId{static_cast<std::uint32_t>("
                               f"(action.instance + ({shift}))"
                               " % parts.cluster.entry_instances())},")


MUTANTS = [
    Mutant(1, "a session forgets a turn", "src/simulation/clients.cpp",
           "if (state.row + 1 < trace.lanes[lane].end_row) set(lane, state.row + 1);",
           "if (state.row + 1 < trace.lanes[lane].end_row && state.row % 97 != 96)"
           " set(lane, state.row + 1);",
           "Laws.Law01*"),
    Mutant(2, "a block is sold twice now and then", "src/cluster/cache/segments.cpp",
           "  free_ -= blocks;", "  free_ -= blocks > 3 ? blocks - 1 : blocks;",
           "Laws.Law01*"),
    Mutant(2, "a step planned once more takes its blocks twice", "src/cluster/engine/step.cpp",
           "  i.cache.give_back(i.phase[i.phase_of(0)]);\n", "", "EngineGolden.*", "test_cluster"),
    Mutant(3, "a first token is stamped when its prefill begins",
           "src/simulation/handlers/notices.cpp",
           "state.first_token = parts.loop.now;", "state.first_token = state.scheduled;",
           "Laws.Law03*"),
    Mutant(4, "the decode side is chosen by a later output length",
           "src/simulation/handlers/placing.cpp",
           "  state.decode_instance = instance;",
           "  state.decode_instance = InstanceId{parts.cluster.entry_instances() +"
           " parts.workload->trace.output_tokens.back() %"
           " (parts.cluster.instances() - parts.cluster.entry_instances())};",
           "FutureLaw.*"),
    Mutant(4, "an entry instance is chosen by the next request's output length",
           "src/simulation/handlers/actions.cpp", PLACE_ENTRY,
           place_elsewhere("parts.workload->trace.output_tokens["
                           "std::min<std::size_t>(state.row + 1,"
                           " parts.workload->trace.rows() - 1)]"),
           "FutureLaw.*"),
    Mutant(5, "a decode run goes on one step beyond its first finish",
           "src/cluster/engine/decode_set.cpp", "if (steps >= to_finish) return to_finish;",
           "if (steps >= to_finish) return to_finish + 1;", "Laws.Law05*"),
    Mutant(6, "a stale gauge that is read late shows what is",
           "src/view/gauges/staleness_ring.cpp",
           "cluster.gauges(instance, at)", "cluster.gauges(instance, until)", "Laws.Law05*"),
    Mutant(7, "blocks in use count as evictable", "src/cluster/cache/prefix_match.cpp",
           "if (parts_[p].users == 0) found.evictable += take;", "found.evictable += take;",
           "Laws.Law05*"),
    Mutant(8, "the CPU breaks ties by another draw", "src/scoring/batch.cpp",
           "view.pools[view.state_of[r]], view.draws[r]);",
           "view.pools[view.state_of[r]], ~view.draws[r]);", "ScoringParity.cpu*",
           "test_scoring"),
    Mutant(9, "the name of a block decides where a request goes",
           "src/simulation/handlers/actions.cpp",
           PLACE_ENTRY,
           place_elsewhere("state.row % 7 == 0 && !parts.workload->trace.block_ids.empty()"
                           " ? parts.workload->trace.block_ids.back() : 0"),
           "Relabelling.Law09TheNames*"),
    Mutant(10, "every queue time is a millisecond longer", "src/simulation/record/recorder.cpp",
           "fill(c.queue_s, [](Row r) { return seconds_or_nan(r.arrival, r.scheduled); });",
           "fill(c.queue_s, [](Row r) { return seconds_or_nan(r.arrival, r.scheduled) + 1e-3; });",
           "TimeScaleLaw.*"),
    Mutant(10, "an instance takes a millisecond more to boot", "src/simulation/fleet.cpp",
           'from_seconds(config_.boot_s, "fleet.boot_s")',
           'from_seconds(config_.boot_s + 1e-3, "fleet.boot_s")', "TimeScaleLaw.*"),
    Mutant(10, "the network between routers and engines takes a microsecond more",
           "src/simulation/gateway.cpp", 'from_seconds(config.network_s, "gateway.network_s")',
           'from_seconds(config.network_s + 1e-6, "gateway.network_s")', "TimeScaleLaw.*"),
    Mutant(11, "simulations count their placements together",
           "src/simulation/handlers/actions.cpp",
           PLACE_ENTRY,
           "  static std::uint32_t placed = 0;\n" + place_elsewhere("++placed % 97 == 0 ? 1 : 0"),
           "Laws.Law11*"),
    Mutant(12, "the replayed fleet is repaired at another pace",
           "src/scenario/simulation_sections.cpp",
           'config.timeout_s = resolved.at("workload").at("timeout_s");',
           'config.timeout_s = resolved.at("workload").at("timeout_s");\n'
           '  if (config.fleet.mtbf_s > 0) resolved.at("fleet").at("mttr_s") = 60.5;',
           "LawResultFile.Law12*", "pigou"),
    Mutant(12, "the replayed split cluster has a faster network",
           "src/scenario/simulation_sections.cpp",
           'config.timeout_s = resolved.at("workload").at("timeout_s");',
           'config.timeout_s = resolved.at("workload").at("timeout_s");\n'
           '  if (config.cluster.pools[0].role == Role::kPrefill)'
           ' resolved.at("network").at("latency_s") = 0.0;',
           "LawResultFile.Law12*", "pigou"),
    Mutant(13, "an engine that preempted everyone goes idle", "src/cluster/engine/step.cpp",
           "if (plan.preempted && i.running.count == 0) plan = plan_step(*this, i, now);", "",
           "Laws.Law01*"),
    Mutant(14, "a prompt token is counted twice", "src/simulation/record/recorder.cpp",
           "input_tokens_ += row.input_tokens;", "input_tokens_ += row.input_tokens + 1;",
           "LawResultFile.Law14TheSummary*", "pigou"),
    Mutant(14, "rejected requests are not counted", "src/simulation/record/recorder.cpp",
           "if (row.outcome == Outcome::kRejected) ++rejected_;", "",
           "LawResultFile.Law14*", "pigou"),
    Mutant(14, "failed requests are not counted", "src/simulation/record/recorder.cpp",
           "if (row.outcome == Outcome::kFailed) ++failed_;", "",
           "LawResultFile.Law14*", "pigou"),
    Mutant(15, "what ran before decides where a request goes",
           "src/simulation/handlers/actions.cpp",
           PLACE_ENTRY,
           "  static std::uint32_t placed = 0;\n" + place_elsewhere("++placed % 97 == 0 ? 1 : 0"),
           "Laws.Law15*"),
    Mutant(16, "simulated time has no end", "src/core/time.cpp", " || sum > kLongest.ps", "",
           "EndOfTime.*"),
    Mutant(17, "a step takes a microsecond more", "src/cluster/engine/step.cpp",
           "i.step_ps = std::max<std::int64_t>(1, ",
           "i.step_ps = 1'000'000 + std::max<std::int64_t>(1, ", "Queueing.*"),
    Mutant(18, "round-robin goes to who is away", "src/routing/classic/round_robin.cpp",
           "turns < side.count() && !side.usable(chosen)", "false",
           "*EveryPolicy.SendsNothing*"),
    Mutant(19, "a whole state forgets some of what was lost", "src/view/beliefs/kv_loss.cpp",
           "if (mode_ != KvResync::kNone) to.wrong.push_back(event.segment);",
           "if (mode_ != KvResync::kNone && event.segment % 8 != 0)"
           " to.wrong.push_back(event.segment);",
           "KvLoss.*", "test_view"),
    Mutant(6, "a controller reads what is, not what was", "src/view/gauges/board.cpp",
           "from_seconds(schedule.age_s, \"control.signal_age_s\")", "SimTime{}",
           "Control.ItTicks*"),
    Mutant(16, "a parameter changes a millisecond late", "src/simulation/control.cpp",
           "from_seconds(change.at_s, \"control.changes\")",
           "from_seconds(change.at_s, \"control.changes\") + SimTime{kPsPerMillisecond}",
           "Control.TwoChanges*"),
    Mutant(16, "trees go on choosing by weights that changed", "src/simulation/router_replicas.cpp",
           "    simulation.follow(policy.needs());\n", "", "Control.AChangeBefore*"),
    Mutant(21, "a wait is the row's own where a longer step is shorter",
           "src/game/bounds/step_floor.cpp",
           "for (std::size_t t = budget; t-- > 1;) chunk[t] = std::min(chunk[t], chunk[t + 1]);",
           "", "StepFloor.*", "test_game"),
    Mutant(21, "waits count a mixed step as a prefill step", "src/game/bounds/step_floor.cpp",
           "chunk[t] = std::min(time(kPrefill), time(kMixed));", "chunk[t] = time(kPrefill);",
           "StepFloor.*", "test_game"),
    Mutant(21, "the service bound takes shared blocks for everybody's own work",
           "src/game/bounds/request_work.cpp",
           "if (known == 0) add(work, begin, std::min(end, own));",
           "add(work, begin, std::min(end, own));", "LowerBound.*:RequestWork.*", "test_game"),
    Mutant(21, "the pooled server has one instance's speed", "src/game/bounds/lower_bound.cpp",
           "bound.pooling_s = pooled_flow_ps(parts.prefills, bound.prefill_instances);",
           "bound.pooling_s = pooled_flow_ps(parts.prefills, 1);", "LowerBound.*", "test_game"),
    Mutant(21, "the pooled server takes the longest first", "src/game/bounds/pooled_srpt.cpp",
           "std::priority_queue<Left, std::vector<Left>, std::greater<>> open;",
           "std::priority_queue<Left, std::vector<Left>, std::less<>> open;", "PooledSrpt.*",
           "test_game"),
    Mutant(21, "a decode step waits for a whole prompt's", "src/game/bounds/step_floor.cpp",
           "return tokens <= 0 ? 0 : n * any_step_ +",
           "return tokens <= 0 ? 0 : n * prefill_wait_ps(context) +", "LowerBound.*",
           "test_game"),
    Mutant(22, "an assignment does not take turns back", "src/game/assignment/assignment.cpp",
           "column_price_[c] -= so_far - distance_[c];", "column_price_[c] -= so_far;",
           "Assignment.*", "test_game"),
    Mutant(22, "branch and bound forgets who is behind", "src/game/windows/optimum.cpp",
           "return game_.backlog_ns[instance] + (behind_[instance] + 1) *",
           "return game_.backlog_ns[instance] + (behind_[instance] / 2 + 1) *", "WindowGame.*",
           "test_game"),
    Mutant(22, "residents count from the window's own first", "src/game/index/poa_hat.cpp",
           "if (served[q].arrival_s < now_s) price[served[q].engine.value] +=",
           "if (served[q].arrival_s < now_s - 0.1) price[served[q].engine.value] +=",
           "PoaHat.Sorting*", "test_game"),
    Mutant(17, "a knee's limit is more than is served there", "src/study/knee/chain.cpp",
           "chain_.limit = limit_of(*drifting)", "chain_.limit = *drifting", "KneeLaw.IsTheLimit*",
           "test_study"),
    Mutant(17, "the time a cluster takes to fill counts as drift", "src/game/knee/drift.cpp",
           "begin_s + length_s / 3, window_s = length_s * 2 / 3", "begin_s, window_s = length_s",
           "Drift.*", "test_game"),
    Mutant(20, "what a load keeps is drawn anew for every load", "src/workload/load.cpp",
           "draws.uniform(row, layer)",
           "draws.uniform(row, static_cast<std::uint32_t>(share * 1000))", "Load.*",
           "test_workload"),
    Mutant(20, "copies move when there are more of them", "src/workload/workload.cpp",
           "static_cast<double>(period_) * layer_phase(layer)",
           "static_cast<double>(period_) * layer / layers_.layers", "Load.*", "test_workload"),
    Mutant(20, "turns go to the other end of the trace one by one", "src/workload/workload.cpp",
           "copy.layer > 0 ? layers_.first_turn[row] : row", "row", "Load.AreTimes*",
           "test_workload"),
]
