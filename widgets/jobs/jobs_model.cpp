#include "widgets/jobs/jobs_model.h"

#include <cmath>

namespace fxs::ui {

namespace {

bool isFinal(JobState state) {
    return state == JobState::done || state == JobState::failed || state == JobState::stopped;
}

QString stateText(JobState state) {
    return QString::fromUtf8(jobStateName(state));
}

} // namespace

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
    const int row = static_cast<int>(m_rows.size());
    beginInsertRows({}, row, row);
    m_rows.push_back({.id = id,
                      .name = jobName,
                      .where = place,
                      .started = QDateTime::currentDateTime(),
                      .stageStarted = QDateTime::currentDateTime()});
    endInsertRows();
}

JobsModel::Row* JobsModel::find(const QString& id) {
    for (Row& row : m_rows)
        if (row.id == id)
            return &row;
    return nullptr;
}

void JobsModel::changed(const Row& row) {
    const int i = static_cast<int>(&row - m_rows.data());
    Q_EMIT dataChanged(index(i, 0), index(i, kColumnCount - 1));
}

void JobsModel::setState(const QString& id, JobState jobState) {
    Row* row = find(id);
    if (!row)
        return;
    row->state = jobState;
    if (isFinal(jobState) && !row->ended.isValid())
        row->ended = QDateTime::currentDateTime();
    if (jobState == JobState::done)
        row->progress.fraction = 1;
    changed(*row);
}

void JobsModel::setProgress(const QString& id, const Progress& progress) {
    Row* row = find(id);
    if (!row)
        return;
    if (row->progress.stage != progress.stage)
        row->stageStarted = QDateTime::currentDateTime();
    row->progress = progress;
    changed(*row);
}

void JobsModel::setMessage(const QString& id, const QString& message) {
    if (Row* row = find(id)) {
        row->message = message;
        changed(*row);
    }
}

void JobsModel::tick() {
    for (const Row& row : m_rows)
        if (!isFinal(row.state))
            changed(row);
}

int JobsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int JobsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kColumnCount;
}

QString JobsModel::text(const Row& row, int column) const {
    const QDateTime end = row.ended.isValid() ? row.ended : QDateTime::currentDateTime();
    const bool running = row.state == JobState::running;
    switch (column) {
    case kName:
        return row.name;
    case kWhere:
        return row.where;
    case kState:
        return running && !row.progress.stage.empty() ? QString::fromStdString(row.progress.stage)
                                                      : stateText(row.state);
    case kProgress:
        return QStringLiteral("%1 %").arg(row.progress.fraction * 100, 0, 'f', 0);
    case kRate:
        return running && row.progress.ratePerSecond > 0
                   ? tr("%L1 %2/s")
                         .arg(row.progress.ratePerSecond, 0, 'f', row.progress.ratePerSecond < 10 ? 1 : 0)
                         .arg(QString::fromStdString(row.progress.unit))
                   : QString();
    case kElapsed:
        return durationText(static_cast<double>(row.started.msecsTo(end)) / 1000);
    case kLeft: {
        if (!running || row.progress.fraction < 0.02)
            return {};
        const double stageSeconds = static_cast<double>(row.stageStarted.msecsTo(end)) / 1000;
        return durationText(stageSeconds * (1 - row.progress.fraction) / row.progress.fraction);
    }
    default:
        return {};
    }
}

QVariant JobsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= static_cast<int>(m_rows.size()))
        return {};
    const Row& row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::ToolTipRole:
        return row.message.isEmpty() ? QVariant() : row.message;
    case kFractionRole:
        return row.progress.fraction;
    case kIdRole:
        return row.id;
    case Qt::TextAlignmentRole:
        return index.column() >= kRate ? QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    default:
        return {};
    }
}

QVariant JobsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (section) {
    case kName:
        return tr("Job");
    case kWhere:
        return tr("Where");
    case kState:
        return tr("State");
    case kProgress:
        return tr("Progress");
    case kRate:
        return tr("Rate");
    case kElapsed:
        return tr("Elapsed");
    case kLeft:
        return tr("Left");
    default:
        return {};
    }
}

} // namespace fxs::ui
