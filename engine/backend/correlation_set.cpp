#include "engine/backend/correlation_set.h"

#include "engine/correlate/c2.h"
#include "engine/correlate/correlator.h"
#include "engine/io/correlation_file.h"

#include <cctype>
#include <filesystem>

namespace fxs {

namespace {

std::shared_ptr<const CorrelationSnapshot> snapshotOf(CorrelationSums sums, std::uint64_t sequence,
                                                      const Provenance& provenance) {
    CorrelationSnapshot snapshot = *makeSnapshot(std::move(sums), sequence);
    snapshot.provenance = provenance;
    return std::make_shared<const CorrelationSnapshot>(std::move(snapshot));
}

} // namespace

std::optional<CorrelationSums> totalOf(const std::vector<CorrelationSums>& labels, const RejectedFrames& rejected,
                                       const FrameRanges& done) {
    if (labels.empty())
        return std::nullopt;
    CorrelationSums total = clone(labels.front());
    for (std::size_t i = 1; i < labels.size(); ++i)
        merge(total, labels[i]);
    for (const auto& [reason, frames] : rejected)
        total.rejected[reason] += frames;
    total.framesDone = done;
    total.label.clear();
    return total;
}

void takeInto(Snapshot& snapshot, CorrelationSet set, std::uint64_t sequence, const Provenance& provenance) {
    if (set.total)
        snapshot.correlation = snapshotOf(std::move(*set.total), sequence, provenance);
    snapshot.labelled.clear();
    for (CorrelationSums& sums : set.labels) {
        const std::string label = sums.label;
        snapshot.labelled.push_back({label, snapshotOf(std::move(sums), sequence, provenance)});
    }
}

std::string labelPath(const std::string& path, const std::string& label) {
    if (path.empty())
        return {};
    std::string safe = label;
    for (char& c : safe)
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '+' && c != '_')
            c = '_';
    std::filesystem::path file(path);
    const std::string name = file.stem().string() + "." + safe + file.extension().string();
    return file.replace_filename(name).string();
}

std::vector<std::string> writeCorrelationFiles(const std::string& path, const Snapshot& snapshot, KeptC2 kept,
                                               bool mayReplace) {
    std::vector<std::string> files;
    const auto write = [&](const std::string& file, const CorrelationSnapshot& correlation) {
        const Array<float, 3> c2OfAll = kept == KeptC2::with ? c2(*correlation.sums) : Array<float, 3>();
        writeCorrelation(file, correlation, c2OfAll.view(), {mayReplace});
        files.push_back(file);
    };
    for (const LabelledCorrelation& labelled : snapshot.labelled)
        write(labelPath(path, labelled.label), *labelled.correlation);
    write(path, *snapshot.correlation);
    return files;
}

} // namespace fxs
