#pragma once

#include <QCollator>
#include <QSortFilterProxyModel>
#include <QString>

namespace fxs::ui {

/// The rows of a JobsModel whose name, place, state or message hold all words of a text, and that are in one of the states chosen.
class JobsFilter : public QSortFilterProxyModel {
    Q_OBJECT

public:
    enum class States { all, active, done, failed, stopped };
    Q_ENUM(States)

    explicit JobsFilter(QObject* parent = nullptr);

    void setText(const QString& text);
    void setStates(States states);

protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;

private:
    QCollator m_order;
    QStringList m_words;
    States m_states = States::all;
};

} // namespace fxs::ui
