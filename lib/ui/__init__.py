"""The page side: the only folder of `lib` that knows Streamlit."""
