#include "engine/backend/team_correlation.h"

#include "engine/backend/correlate_stage.h"
#include "engine/core/bytes.h"
#include "engine/correlate/correlator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace fxs {

namespace {

using Shape = std::array<std::size_t, 4>;
enum class End : std::uint8_t { none, stopped, failed };

void put(ByteWriter& out, const FrameRanges& ranges) {
    out.put(std::uint64_t{ranges.size()});
    for (const auto& [first, last] : ranges) {
        out.put(first);
        out.put(last);
    }
}

void take(ByteReader& in, FrameRanges& ranges) {
    ranges.resize(static_cast<std::size_t>(in.value<std::uint64_t>()));
    for (auto& [first, last] : ranges) {
        in.take(first);
        in.take(last);
    }
}

/// All that sums are besides numbers that add up.
void putKind(ByteWriter& out, const CorrelationSums& s) {
    out.put(s.grid.q);
    out.put(s.grid.phiCount);
    out.put(s.parity);
    out.put(s.harmonics);
    out.put(s.experiment);
    out.put(s.selfTerm);
    out.put(s.noiseRatio);
    out.put(s.binAverage.transfer);
    out.put(s.binAverage.shift);
    out.put(s.binAverage.spread);
    out.put(s.mask);
    out.put(s.ringCondition);
    out.put(s.ringHarmonics);
    out.put(s.sumC.shape());
    out.put(s.sumMaskC.shape());
    out.put(s.sumMask.shape());
}

/// With zeros for sums.
CorrelationSums takeKind(ByteReader& in) {
    CorrelationSums s;
    in.take(s.grid.q);
    in.take(s.grid.phiCount);
    in.take(s.parity);
    in.take(s.harmonics);
    in.take(s.experiment);
    in.take(s.selfTerm);
    in.take(s.noiseRatio);
    in.take(s.binAverage.transfer);
    in.take(s.binAverage.shift);
    in.take(s.binAverage.spread);
    in.take(s.mask);
    in.take(s.ringCondition);
    in.take(s.ringHarmonics);
    s.sumC = Array<double, 4>(in.value<Shape>());
    s.sumMaskC = Array<double, 4>(in.value<Shape>());
    s.sumMask = Array<double, 2>(in.value<std::array<std::size_t, 2>>());
    s.sumIntensity = Array<double, 2>({2, s.grid.qCount()});
    s.sumIntensitySquared = Array<double, 2>({2, s.grid.qCount()});
    return s;
}

/// The arrays that add up, one after another.
template <class Sums, class Body>
void forSums(Sums& sums, Body body) {
    body(sums.sumC.span());
    body(sums.sumIntensity.span());
    body(sums.sumIntensitySquared.span());
    body(sums.sumMaskC.span());
    body(sums.sumMask.span());
}

/// What of a label's sums is said at every meeting.
struct LabelCount {
    std::array<std::uint64_t, 2> frames{};
    RejectedFrames rejected;
    FrameRanges done;
    Shape shape{}, maskShape{};

    bool hasFrames() const { return frames[0] + frames[1] > 0; }
};

/// What a rank says of itself at a meeting.
struct Part {
    bool done = false, grouped = false;
    End end = End::none;
    ErrorCode code = ErrorCode::internal;
    std::string problem;
    RejectedFrames rejected;
    FrameRanges framesDone;
    std::map<std::string, LabelCount> labels;
    std::map<std::string, CorrelationSums> kinds; ///< of labels that the root does not know

    void setEnding(const std::exception_ptr& ending) {
        try {
            if (ending)
                std::rethrow_exception(ending);
        } catch (const Stopped&) {
            end = End::stopped;
        } catch (const Error& error) {
            end = End::failed;
            code = error.code();
            problem = error.message();
        } catch (const std::exception& error) {
            end = End::failed;
            problem = error.what();
        }
    }

    /// sums: of this rank, for the kinds. known: the labels whose kinds need not be told.
    std::string packed(const Accumulation::Parts& sums, const std::set<std::string>& known) const {
        ByteWriter out;
        out.put(done);
        out.put(sums.grouped);
        out.put(end);
        out.put(code);
        out.put(problem);
        out.put(sums.rejected);
        put(out, sums.done);
        out.put(std::uint64_t{sums.sums.size()});
        for (const auto& [label, s] : sums.sums) {
            out.put(label);
            out.put(s->frames);
            out.put(s->rejected);
            put(out, s->framesDone);
            out.put(s->sumC.shape());
            out.put(s->sumMaskC.shape());
            // What sums are is certain only once there are some: masks that differ from frame to frame change it.
            const bool isNews = s->frameCount() > 0 && !known.contains(label);
            out.put(isNews);
            if (isNews)
                putKind(out, *s);
        }
        return std::move(out).take();
    }

    static Part unpacked(const std::string& bytes) {
        ByteReader in(bytes);
        Part part;
        in.take(part.done);
        in.take(part.grouped);
        in.take(part.end);
        in.take(part.code);
        in.take(part.problem);
        in.take(part.rejected);
        take(in, part.framesDone);
        for (auto n = in.value<std::uint64_t>(); n > 0; --n) {
            std::string label;
            in.take(label);
            LabelCount& of = part.labels[label];
            in.take(of.frames);
            in.take(of.rejected);
            take(in, of.done);
            in.take(of.shape);
            in.take(of.maskShape);
            if (in.value<bool>())
                part.kinds.emplace(label, takeKind(in));
        }
        return part;
    }
};

/// What the root makes of all parts.
struct Plan {
    bool wantsSums = false, isLast = false;
    End end = End::none;
    ErrorCode code = ErrorCode::internal;
    std::string problem;
    struct Item {
        std::string label;
        Shape shape{}, maskShape{};
        std::array<std::size_t, 2> ringShape{}, ringMaskShape{};
    };
    std::vector<Item> items; ///< labels that have frames, in the order of their names

    void fail(ErrorCode why, std::string what) {
        end = End::failed;
        code = why;
        problem = std::move(what);
    }

    std::string packed() const {
        ByteWriter out;
        out.put(wantsSums);
        out.put(isLast);
        out.put(end);
        out.put(code);
        out.put(problem);
        out.put(std::uint64_t{items.size()});
        for (const Item& item : items) {
            out.put(item.label);
            out.put(item.shape);
            out.put(item.maskShape);
            out.put(item.ringShape);
            out.put(item.ringMaskShape);
        }
        return std::move(out).take();
    }

    static Plan unpacked(const std::string& bytes) {
        ByteReader in(bytes);
        Plan plan;
        in.take(plan.wantsSums);
        in.take(plan.isLast);
        in.take(plan.end);
        in.take(plan.code);
        in.take(plan.problem);
        plan.items.resize(static_cast<std::size_t>(in.value<std::uint64_t>()));
        for (Item& item : plan.items) {
            in.take(item.label);
            in.take(item.shape);
            in.take(item.maskShape);
            in.take(item.ringShape);
            in.take(item.ringMaskShape);
        }
        return plan;
    }
};

/// The root's answer to what all said. kinds: what is known of labels, and is added to.
Plan planFor(std::vector<Part>& parts, bool wantsSums, std::map<std::string, CorrelationSums>& kinds) {
    Plan plan;
    plan.isLast = true;
    std::set<std::string> labels;
    for (std::size_t rank = 0; rank < parts.size(); ++rank) {
        Part& part = parts[rank];
        plan.isLast = plan.isLast && part.done;
        if (part.end > plan.end) {
            plan.end = part.end;
            plan.code = part.code;
            plan.problem = rank > 0 ? fmt::format("rank {}: {}", rank, part.problem) : part.problem;
        }
        for (auto& [label, kind] : part.kinds)
            kinds.try_emplace(label, std::move(kind));
        for (const auto& [label, count] : part.labels)
            if (count.hasFrames())
                labels.insert(label);
    }
    bool sumsFit = true;
    for (const std::string& label : labels) {
        const CorrelationSums& kind = kinds.at(label);
        plan.items.push_back(
            {label, kind.sumC.shape(), kind.sumMaskC.shape(), kind.sumIntensity.shape(), kind.sumMask.shape()});
        for (std::size_t rank = 0; rank < parts.size(); ++rank) {
            const auto it = parts[rank].labels.find(label);
            if (it != parts[rank].labels.end() && it->second.hasFrames() &&
                (it->second.shape != kind.sumC.shape() || it->second.maskShape != kind.sumMaskC.shape())) {
                sumsFit = false;
                plan.fail(ErrorCode::badInput,
                          fmt::format("the frames of rank {} are summed in another way than those of others; masks of "
                                      "single frames must be there for all frames of a run or for none",
                                      rank));
            }
        }
    }
    plan.wantsSums = sumsFit && (wantsSums || plan.isLast || plan.end != End::none);
    return plan;
}

/// Reduces one label; the sums at the root.
CorrelationSums reduceLabel(Team& team, const Plan::Item& item, const CorrelationSums* mine,
                            const CorrelationSums* kind) {
    const bool has = mine && mine->frameCount() > 0;
    CorrelationSums empty; // what a rank without frames of this label adds
    if (!has) {
        empty.sumC = Array<double, 4>(item.shape);
        empty.sumMaskC = Array<double, 4>(item.maskShape);
        empty.sumIntensity = Array<double, 2>(item.ringShape);
        empty.sumIntensitySquared = Array<double, 2>(item.ringShape);
        empty.sumMask = Array<double, 2>(item.ringMaskShape);
    }
    std::vector<std::span<const double>> from;
    forSums(has ? *mine : std::as_const(empty), [&](std::span<const double> values) { from.push_back(values); });
    CorrelationSums sum;
    if (team.isRoot())
        sum = clone(*kind);
    std::size_t next = 0;
    forSums(sum, [&](std::span<double> values) { team.reduce(from[next++], values); });
    return sum;
}

void addTo(RejectedFrames& sum, const RejectedFrames& more) {
    for (const auto& [reason, frames] : more)
        sum[reason] += frames;
}

/// Counts of all ranks onto reduced sums.
CorrelationSet counted(std::vector<CorrelationSums> sums, const std::vector<Part>& parts, const Accumulation& mine) {
    CorrelationSet set;
    FrameRanges done;
    for (const Part& part : parts) {
        addTo(set.rejected, part.rejected);
        done = unite(done, part.framesDone);
        for (const auto& [label, count] : part.labels) {
            const auto it = std::ranges::find(sums, label, &CorrelationSums::label);
            if (it == sums.end()) { // none of its frames could be used
                addTo(set.rejected, count.rejected);
                continue;
            }
            for (std::size_t half = 0; half < 2; ++half)
                it->frames[half] += count.frames[half];
            addTo(it->rejected, count.rejected);
            it->framesDone = unite(it->framesDone, count.done);
        }
    }
    if (parts.front().grouped) {
        set.total = totalOf(sums, set.rejected, done);
        set.labels = std::move(sums);
    } else if (!sums.empty()) {
        set.total = std::move(sums.front());
    } else {
        set.total = std::move(*mine.set().total);
        set.total->rejected = set.rejected;
    }
    if (set.total)
        set.rejected = set.total->rejected;
    return set;
}

std::exception_ptr endingOf(const Plan& plan) {
    if (plan.end == End::stopped)
        return std::make_exception_ptr(Stopped());
    if (plan.end == End::failed)
        return std::make_exception_ptr(Error(plan.code, plan.problem));
    return {};
}

} // namespace

FrameRanges TeamCorrelation::share(const RunInfo& run) {
    if (!run.frameCount)
        throw Error(ErrorCode::unsupported,
                    "a run without an end cannot be shared out among ranks; start one rank for a live stream");
    ByteWriter mine;
    put(mine, m_mine.framesDone());
    const std::string bytes = m_team.broadcast(std::move(mine).take());
    ByteReader in(bytes);
    FrameRanges done;
    take(in, done);
    return shareOf(framesToDo(run, done), m_mine.blockFrames(), static_cast<std::size_t>(m_team.rank()),
                   static_cast<std::size_t>(m_team.size()));
}

TeamCorrelation::Outcome TeamCorrelation::meet(Want want, bool done, const std::exception_ptr& ending) {
    m_team.beginMeeting();
    Part me;
    me.done = done;
    me.setEnding(ending);
    const Accumulation::Parts mine = m_mine.parts();
    const std::vector<std::string> said = m_team.gather(me.packed(mine, m_known));
    std::vector<Part> parts;
    for (const std::string& bytes : said)
        parts.push_back(Part::unpacked(bytes));
    const Plan plan = Plan::unpacked(
        m_team.broadcast(m_team.isRoot() ? planFor(parts, want == Want::sums, m_kinds).packed() : std::string()));

    Outcome outcome;
    outcome.isLast = plan.isLast;
    outcome.ending = endingOf(plan);
    std::vector<CorrelationSums> sums;
    for (const Plan::Item& item : plan.items) {
        m_known.insert(item.label);
        if (!plan.wantsSums)
            continue;
        const auto it = std::ranges::find(mine.sums, item.label, [](const auto& s) { return s.first; });
        const auto kind = m_kinds.find(item.label);
        sums.push_back(reduceLabel(m_team, item, it == mine.sums.end() ? nullptr : it->second,
                                   kind == m_kinds.end() ? nullptr : &kind->second));
        sums.back().label = item.label;
    }
    if (m_team.isRoot() && plan.wantsSums)
        outcome.sums = counted(std::move(sums), parts, m_mine);
    return outcome;
}

} // namespace fxs
