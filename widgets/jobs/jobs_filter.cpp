#include "widgets/jobs/jobs_filter.h"

#include "widgets/jobs/jobs_model.h"

#include <QLocale>
#include <algorithm>

namespace fxs::ui {

JobsFilter::JobsFilter(QObject* parent)
    : QSortFilterProxyModel(parent),
      // The "C" locale knows no numbers inside words.
      m_order(QLocale().language() == QLocale::C ? QLocale(QLocale::English) : QLocale()) {
    setSortRole(JobsModel::kSortRole);
    setDynamicSortFilter(true);
    m_order.setNumericMode(true); // run9 before run12
    m_order.setCaseSensitivity(Qt::CaseInsensitive);
}

void JobsFilter::setText(const QString& text) {
    m_words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

void JobsFilter::setStates(States states) {
    m_states = states;
    invalidateFilter();
}

bool JobsFilter::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const auto* jobs = qobject_cast<const JobsModel*>(sourceModel());
    if (!jobs || parent.isValid())
        return false;
    const JobRow& job = jobs->jobs()[static_cast<std::size_t>(row)];
    const bool stopped = job.interrupted || job.state == JobState::stopped;
    switch (m_states) {
    case States::all:
        break;
    case States::active:
        if (job.isOver())
            return false;
        break;
    case States::done:
        if (job.state != JobState::done)
            return false;
        break;
    case States::failed:
        if (job.state != JobState::failed)
            return false;
        break;
    case States::stopped:
        if (!stopped)
            return false;
        break;
    }
    QString all = job.message + QLatin1Char(' ') + job.folder;
    for (const int column : {JobsModel::kName, JobsModel::kWhere, JobsModel::kState})
        all += QLatin1Char(' ') + jobs->index(row, column).data().toString();
    return std::all_of(m_words.begin(), m_words.end(),
                       [&](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
}

bool JobsFilter::lessThan(const QModelIndex& left, const QModelIndex& right) const {
    const QVariant a = left.data(JobsModel::kSortRole), b = right.data(JobsModel::kSortRole);
    if (a.typeId() == QMetaType::Double)
        return a.toDouble() < b.toDouble();
    return m_order.compare(a.toString(), b.toString()) < 0;
}

} // namespace fxs::ui
