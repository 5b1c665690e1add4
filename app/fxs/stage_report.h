#pragma once

#include "app/fxs/command_context.h"
#include "engine/backend/backend.h"

#include <string>

namespace fxs::app {

/// The figures of each stage's result as a document: what --json prints and report.json holds. Lengths in Å, q in 1/Å.
Json describe(const CorrelationSnapshot& correlation);
Json describe(const FilterResult& filtered);
Json describe(const Reconstruction& reconstruction);
Json describe(const ShellCorrelation& fsc);

/// The same for people, a few lines each.
std::string textOf(const CorrelationSnapshot& correlation);
std::string textOf(const FilterResult& filtered);
std::string textOf(const Reconstruction& reconstruction);
/// "42.8 Å", or "41.9 Å (the band limit)".
std::string resolutionText(double resolutionAngstrom, bool reachesBandLimit);

/// Puts a job's result into the command's answer: stages, seconds, files.
void reportJob(CommandContext& context, const JobResult& result);

/// A job's figures as Markdown, with tables of the coefficients, restarts and FSC.
std::string markdownReport(const JobSpec& spec, const JobResult& result);

} // namespace fxs::app
