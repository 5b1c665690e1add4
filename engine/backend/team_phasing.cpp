#include "engine/backend/team_phasing.h"

#include "engine/core/bytes.h"

namespace fxs {

namespace {

/// put or take: the same list of members serves both.
template <class Stream, class C>
void passCoefficients(C& c, Stream&& pass) {
    pass(c.q);
    pass(c.maxOrder);
    pass(c.bl);
    pass(c.vl);
    pass(c.blRaw);
    pass(c.error);
    pass(c.eigenvalues);
    pass(c.rank);
    pass(c.noiseLevel);
    pass(c.condition);
    pass(c.orderError);
    pass(c.i00);
    pass(c.diameterAngstrom);
    pass(c.experiment);
}

std::string packed(const FilterResult& result) {
    ByteWriter out;
    const auto put = [&](const auto& value) { out.put(value); };
    passCoefficients(result.all, put);
    put(std::uint64_t{result.halves.size()});
    for (const Coefficients& half : result.halves)
        passCoefficients(half, put);
    put(result.frames);
    return std::move(out).take();
}

FilterResult unpackedResult(const std::string& bytes) {
    ByteReader in(bytes);
    FilterResult result;
    const auto take = [&](auto& value) { in.take(value); };
    passCoefficients(result.all, take);
    result.halves.resize(static_cast<std::size_t>(in.value<std::uint64_t>()));
    for (Coefficients& half : result.halves)
        passCoefficients(half, take);
    take(result.frames);
    return result;
}

void put(ByteWriter& out, const ReconstructionState& state) {
    out.put(state.fingerprint);
    out.put(state.restarts);
}

void take(ByteReader& in, ReconstructionState& state) {
    in.take(state.fingerprint);
    in.take(state.restarts);
}

/// Everybody's restarts of a stage to everybody.
RestartSharing::Answer exchange(Team& team, const TaskContext& task, const ReconstructionState& mine, bool finishing) {
    ByteWriter out;
    out.put(finishing);
    put(out, mine);
    RestartSharing::Answer all;
    for (const std::string& bytes : team.gather(std::move(out).take(), task)) {
        ByteReader in(bytes);
        ReconstructionState part;
        all.finishing = in.value<bool>() || all.finishing;
        take(in, part);
        if (part.fingerprint != mine.fingerprint)
            throw Error(ErrorCode::internal, "the ranks do not phase the same coefficients");
        all.states.restarts.merge(part.restarts);
    }
    ByteWriter answer;
    answer.put(all.finishing);
    put(answer, all.states);
    const std::string bytes = team.broadcast(std::move(answer).take(), task);
    ByteReader in(bytes);
    in.take(all.finishing);
    take(in, all.states);
    return all;
}

} // namespace

std::shared_ptr<const FilterResult> shareCoefficients(Team& team, std::shared_ptr<const FilterResult> atRoot,
                                                      const TaskContext& task) {
    const std::string bytes = team.broadcast(team.isRoot() ? packed(*atRoot) : std::string(), task);
    return team.isRoot() ? atRoot : std::make_shared<const FilterResult>(unpackedResult(bytes));
}

ReconstructionState shareState(Team& team, ReconstructionState atRoot) {
    ByteWriter out;
    put(out, atRoot);
    const std::string bytes = team.broadcast(std::move(out).take());
    ByteReader in(bytes);
    ReconstructionState state;
    take(in, state);
    return state;
}

RestartSharing sharingOf(Team& team, const TaskContext& task) {
    RestartSharing sharing;
    sharing.share = static_cast<std::size_t>(team.rank());
    sharing.shares = static_cast<std::size_t>(team.size());
    sharing.exchange = [&team, task](const ReconstructionState& mine, bool finishing) {
        return exchange(team, task, mine, finishing);
    };
    return sharing;
}

} // namespace fxs
