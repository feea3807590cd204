// All values that one simulation is made of.
#pragma once

#include <memory>

#include "cluster/cluster.hpp"
#include "cluster/links/links.hpp"
#include "core/ids.hpp"
#include "simulation/breakers.hpp"
#include "simulation/clients.hpp"
#include "simulation/config.hpp"
#include "simulation/control.hpp"
#include "simulation/event_loop.hpp"
#include "simulation/fleet.hpp"
#include "simulation/gateway.hpp"
#include "simulation/record/run_record.hpp"
#include "simulation/request_views.hpp"
#include "simulation/requests.hpp"
#include "simulation/retries.hpp"
#include "view/view.hpp"
#include "workload/workload.hpp"

namespace pigou {

/// The question that has been put to the policy.
struct OpenDecision {
  Decision decision;
  bool open = false;
  SlotId view_slot;  ///< whose request the view shows
};

/// Each value keeps its own rules and knows none of the others; what an event means for several of
/// them is a function of `handlers/` over this record. No value points to another but the view to
/// the cluster, which is attached before it is read, so a copy of all of them goes on by itself.
struct Parts {
  std::shared_ptr<const Workload> workload;
  SimulationConfig config;
  bool split = false;       ///< prefill and decode instances
  bool prefetches = false;  ///< the cluster is too large for the caches
  EventLoop loop;
  Cluster cluster;
  Links links;
  View view;
  RunRecord record;
  RequestViews views;
  Clients clients;
  Requests requests;
  Gateway gateway;
  Fleet fleet;
  Breakers breakers;
  Retries retries;
  Control control;
  OpenDecision asked;

  /// Builds them all, and sets the first events.
  Parts(std::shared_ptr<const Workload> workload, const SimulationConfig& config,
        const ViewNeeds& needs);
};

}  // namespace pigou
