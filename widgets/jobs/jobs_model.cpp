#include "widgets/jobs/jobs_model.h"

#include "widgets/theme/theme.h"

#include <QFont>
#include <QGuiApplication>
#include <algorithm>
#include <cmath>

namespace fxs::ui {

namespace {

/// Below that much of a stage its speed says nothing of its end.
constexpr double kFractionToTell = 0.02;

double elapsedSeconds(const JobRow& row) {
    const QDateTime end = row.ended.isValid() ? row.ended : QDateTime::currentDateTime();
    return row.started.isValid() ? static_cast<double>(row.started.msecsTo(end)) / 1000 : -1;
}

double leftSeconds(const JobRow& row) {
    if (row.state != JobState::running || row.progress.fraction < kFractionToTell || !row.stageStarted.isValid())
        return -1;
    const double seconds = static_cast<double>(row.stageStarted.msecsTo(QDateTime::currentDateTime())) / 1000;
    return seconds * (1 - row.progress.fraction) / row.progress.fraction;
}

QVariant colourOf(const JobRow& row) {
    const Theme theme = Theme::of(QGuiApplication::palette());
    if (row.interrupted)
        return theme.warning;
    switch (row.state) {
    case JobState::failed:
        return theme.bad;
    case JobState::stopped:
    case JobState::stopping:
    case JobState::unknown:
        return theme.warning;
    case JobState::done:
        return theme.good;
    case JobState::running:
        return theme.accent;
    case JobState::queued:
        return theme.muted;
    }
    return {};
}

} // namespace

bool JobRow::isOver() const {
    return interrupted || state == JobState::done || state == JobState::failed || state == JobState::stopped;
}

QString durationText(double seconds) {
    if (!std::isfinite(seconds) || seconds < 0)
        return {};
    const auto whole = static_cast<qint64>(seconds + 0.5);
    if (whole < 60)
        return QStringLiteral("%1 s").arg(whole);
    if (whole < 3600)
        return QStringLiteral("%1 min %2 s").arg(whole / 60).arg(whole % 60);
    return QStringLiteral("%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60);
}

JobsModel::JobsModel(QObject* parent) : QAbstractTableModel(parent) {}

void JobsModel::addJob(const QString& id, const QString& jobName, const QString& place) {
    JobRow row;
    row.id = id;
    row.name = jobName;
    row.where = place;
    row.started = row.stageStarted = QDateTime::currentDateTime();
    put(std::move(row));
}

void JobsModel::put(JobRow row) {
    if (row.state == JobState::done)
        row.progress.fraction = 1;
    if (JobRow* old = find(row.id)) {
        *old = std::move(row);
        changed(*old);
    } else {
        const auto place = std::find_if(m_rows.begin(), m_rows.end(),
                                        [&](const JobRow& other) { return other.started <= row.started; });
        const int i = static_cast<int>(place - m_rows.begin());
        beginInsertRows({}, i, i);
        m_rows.insert(place, std::move(row));
        endInsertRows();
    }
    Q_EMIT actsChanged();
}

void JobsModel::removeJob(const QString& id) {
    const JobRow* row = find(id);
    if (!row)
        return;
    const int i = static_cast<int>(row - m_rows.data());
    beginRemoveRows({}, i, i);
    m_rows.erase(m_rows.begin() + i);
    endRemoveRows();
    Q_EMIT actsChanged();
}

const JobRow* JobsModel::job(const QString& id) const {
    for (const JobRow& row : m_rows)
        if (row.id == id)
            return &row;
    return nullptr;
}

JobRow* JobsModel::find(const QString& id) {
    return const_cast<JobRow*>(job(id)); // of this model, which is not const here
}

void JobsModel::changed(const JobRow& row) {
    const int i = static_cast<int>(&row - m_rows.data());
    Q_EMIT dataChanged(index(i, 0), index(i, kColumnCount - 1));
}

void JobsModel::setState(const QString& id, JobState jobState) {
    JobRow* row = find(id);
    if (!row)
        return;
    row->state = jobState;
    row->interrupted = false;
    if (row->isOver() && !row->ended.isValid())
        row->ended = QDateTime::currentDateTime();
    if (!row->isOver())
        row->ended = {};
    if (jobState == JobState::done)
        row->progress.fraction = 1;
    changed(*row);
}

void JobsModel::setProgress(const QString& id, const Progress& progress) {
    JobRow* row = find(id);
    if (!row)
        return;
    if (row->progress.stage != progress.stage)
        row->stageStarted = QDateTime::currentDateTime();
    row->progress = progress;
    changed(*row);
}

void JobsModel::setMessage(const QString& id, const QString& message) {
    if (JobRow* row = find(id)) {
        row->message = message;
        changed(*row);
    }
}

void JobsModel::setDetails(const QString& id, const QString& reason, const QString& detail) {
    JobRow* row = find(id);
    if (!row || (row->reason == reason && row->detail == detail))
        return;
    row->reason = reason;
    row->detail = detail;
    changed(*row);
}

void JobsModel::setActs(const QString& id, JobActs acts) {
    JobRow* row = find(id);
    if (!row || row->acts == acts)
        return;
    row->acts = acts;
    Q_EMIT actsChanged();
}

void JobsModel::setFollowed(const QString& id) {
    for (JobRow& row : m_rows)
        if (row.followed != (row.id == id)) {
            row.followed = row.id == id;
            changed(row);
        }
    Q_EMIT actsChanged();
}

void JobsModel::tick() {
    for (const JobRow& row : m_rows)
        if (!row.isOver())
            changed(row);
}

int JobsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int JobsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kColumnCount;
}

QString JobsModel::stateText(const JobRow& row) const {
    if (row.interrupted)
        return tr("interrupted");
    const bool inStage = row.state == JobState::running && !row.progress.stage.empty();
    const QString name =
        inStage ? QString::fromStdString(row.progress.stage) : QString::fromUtf8(jobStateName(row.state));
    if (row.reason.isEmpty())
        return name;
    // "unknown since 14:03" reads by itself; a reason to wait is told apart from the state.
    return row.state == JobState::unknown ? tr("unknown %1").arg(row.reason) : tr("%1 (%2)").arg(name, row.reason);
}

QString JobsModel::text(const JobRow& row, int column) const {
    switch (column) {
    case kName:
        return row.name;
    case kWhere:
        return row.detail.isEmpty() ? row.where : tr("%1 · %2").arg(row.where, row.detail);
    case kState:
        return stateText(row);
    case kProgress:
        return QStringLiteral("%1 %").arg(row.progress.fraction * 100, 0, 'f', 0);
    case kRate:
        return row.state == JobState::running && row.progress.ratePerSecond > 0
                   ? tr("%L1 %2/s")
                         .arg(row.progress.ratePerSecond, 0, 'f', row.progress.ratePerSecond < 10 ? 1 : 0)
                         .arg(QString::fromStdString(row.progress.unit))
                   : QString();
    case kElapsed:
        return durationText(elapsedSeconds(row));
    case kLeft:
        return durationText(leftSeconds(row));
    default:
        return {};
    }
}

QVariant JobsModel::sortValue(const JobRow& row, int column) const {
    switch (column) {
    case kProgress:
        return row.progress.fraction;
    case kRate:
        return row.state == JobState::running ? row.progress.ratePerSecond : 0.0;
    case kElapsed:
        return elapsedSeconds(row);
    case kLeft:
        return leftSeconds(row);
    default:
        return text(row, column).toCaseFolded();
    }
}

QString JobsModel::toolTip(const JobRow& row) const {
    QStringList lines{row.name.toHtmlEscaped()};
    if (!row.message.isEmpty())
        lines << row.message.toHtmlEscaped();
    if (row.started.isValid())
        lines << tr("started %1").arg(row.started.toLocalTime().toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")));
    if (row.progress.total > 0)
        lines << tr("%L1 of %L2 %3")
                     .arg(row.progress.done)
                     .arg(row.progress.total)
                     .arg(QString::fromStdString(row.progress.unit).toHtmlEscaped());
    if (!row.folder.isEmpty())
        lines << tr("writes to %1").arg(row.folder.toHtmlEscaped());
    if (row.followed)
        lines << tr("its results are those in the views");
    return lines.join(QStringLiteral("<br/>"));
}

QVariant JobsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= static_cast<int>(m_rows.size()))
        return {};
    const JobRow& row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::ToolTipRole:
        return toolTip(row);
    case Qt::ForegroundRole:
        return index.column() == kState ? colourOf(row) : QVariant();
    case Qt::FontRole: {
        QFont font;
        font.setBold(true);
        return row.followed && index.column() == kName ? QVariant(font) : QVariant();
    }
    case kFractionRole:
        return row.progress.fraction;
    case kIdRole:
        return row.id;
    case kSortRole:
        return sortValue(row, index.column());
    case kStateRole:
        return static_cast<int>(row.state);
    case Qt::TextAlignmentRole:
        return index.column() >= kRate ? QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    default:
        return {};
    }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= kColumnCount)
        return {};
    struct Heading {
        QString title, tip;
    };
    const Heading headings[kColumnCount] = {
        {tr("Job"), tr("Named after its run; bold: its results are those in the views")},
        {tr("Where"), tr("The computer or cluster it runs on")},
        {tr("State"), tr("The stage that runs, or how the job ended; a waiting job's reason behind it")},
        {tr("Progress"), tr("How much of the running stage is done")},
        {tr("Rate"), tr("Items a second, smoothed")},
        {tr("Elapsed"), tr("Since the job started, until it ended")},
        {tr("Left"), tr("Of the running stage, at the speed it has had so far")}};
    if (role == Qt::DisplayRole)
        return headings[section].title;
    if (role == Qt::ToolTipRole)
        return headings[section].tip;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue((section >= kRate ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    return {};
}

} // namespace fxs::ui
