// Lost requests: when they go through a router again, and when they have failed. docs/fleet.md.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "simulation/ask.hpp"
#include "simulation/requests.hpp"

namespace pigou {

struct Parts;

/// Keeps a request in the gateway while nobody could take it, or calls the attempt a lost one. True
/// if so.
bool hold(Parts& parts, const Ask& ask);
/// Somebody takes requests again.
void ask_held(Parts& parts);
/// Nobody is there, and nobody is going to come back.
void fail_held(Parts& parts);
/// The present attempt has come to nothing; the router hears of it as it hears of an end.
void lose(Parts& parts, SlotId slot);
/// Its replica has heard that the attempt is lost.
void heard_of_loss(Parts& parts, SlotId slot);
/// The client's first token, or a refusal, is on its way: its instances have answered.
void count_success(Parts& parts, const RequestState& state);
/// An open breaker lets requests through again.
void on_breaker(Parts& parts);
/// A lost request has backed off.
void on_retry(Parts& parts);

}  // namespace pigou
