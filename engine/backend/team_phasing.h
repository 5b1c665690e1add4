#pragma once

#include "engine/backend/team.h"
#include "engine/model/coefficients.h"
#include "engine/mtip/reconstruction_state.h"
#include "engine/mtip/restart_sharing.h"

#include <memory>

namespace fxs {

/// A reconstruction over a team: what its ranks must have in common.
/// Throws:  as Team.

/// The root's coefficients everywhere, to the last bit: what phasing needs of them, so without the filtered C2.
std::shared_ptr<const FilterResult> shareCoefficients(Team& team, std::shared_ptr<const FilterResult> atRoot,
                                                      const TaskContext& task);
/// The root's state everywhere.
ReconstructionState shareState(Team& team, ReconstructionState atRoot);
/// Restarts shared out among the ranks. Borrows the team; copies the task.
RestartSharing sharingOf(Team& team, const TaskContext& task);

} // namespace fxs
