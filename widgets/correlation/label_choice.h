#pragma once

#include <QStringList>
#include <QWidget>

class QComboBox;
class QListWidget;

namespace fxs::ui {

/// The labels that frames are grouped by (laser on and off, delays, samples): which lines are overlaid, and which label the maps
/// show, less which other. What was chosen stays chosen by name while labels come and go.
class LabelChoice : public QWidget {
    Q_OBJECT

public:
    explicit LabelChoice(QWidget* parent = nullptr);

    void setLabels(const QStringList& labels);
    const QStringList& labels() const { return m_labels; }

    QStringList checked() const; ///< overlaid lines
    void setChecked(const QStringList& labels);
    QString shown() const; ///< of the maps; empty: all images
    QString minus() const; ///< taken off; empty: nothing
    void setDifference(const QString& shown, const QString& minus);

Q_SIGNALS:
    void changed();

private:
    QListWidget* m_list;
    QComboBox *m_shown, *m_minus;
    QStringList m_labels;
};

} // namespace fxs::ui
