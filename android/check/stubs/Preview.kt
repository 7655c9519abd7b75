package androidx.compose.ui.tooling.preview

@Repeatable
annotation class Preview(
    val name: String = "",
    val locale: String = "",
    val fontScale: Float = 1f,
    val showBackground: Boolean = false,
    val uiMode: Int = 0,
)
