// What goes from the gateway to engines, what comes back, and what replicas tell each other.
#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "simulation/gateway.hpp"
#include "simulation/reports.hpp"

namespace pigou {

struct Parts;

/// Something `replica` waited for has happened while requests are in its own queue.
void room_freed(Parts& parts, ReplicaId replica);
/// The next report that is an event is looked for again: a queue has filled, or a report has come.
void arm_reports(Parts& parts);
/// A decided call sets out for its engine.
void send_call(Parts& parts, SlotId slot, bool decode);
/// A call reaches its engine, unless its attempt is over.
void on_delivery(Parts& parts);
/// An engine's answer passes the gateway: the replica's books follow `gateway.feedback_s` later.
void report_back(Parts& parts, Report::Kind kind, SlotId slot, bool asks);
/// The reports due now.
void on_report(Parts& parts);
/// Reports due by `until` reach their replicas, in order.
void settle_reports(Parts& parts, SimTime until);
/// The books of a replica, and by sync of the others, follow what it has heard.
void settle_books(Parts& parts, Report::Kind kind, SlotId slot, ReplicaId replica,
                  RequestId request, const Booking& entry, const Booking& decode);
/// With replica sync, the other replicas hear what `replica` has booked or let go of.
void tell_peers(Parts& parts, PeerNews::Kind kind, SlotId slot, ReplicaId replica,
                RequestId request, const Booking& booking);
/// News that has just come.
void on_news(Parts& parts);

}  // namespace pigou
