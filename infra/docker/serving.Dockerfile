# TensorFlow Serving that follows a folder of released models: /models/model, mounted, or --model_base_path=gs://...
ARG PYTHON_IMAGE
ARG SERVING_IMAGE

FROM ${SERVING_IMAGE} AS serving

FROM ${PYTHON_IMAGE}
COPY --from=serving /usr/bin/tensorflow_model_server /usr/local/bin/tensorflow_model_server
RUN useradd --create-home --uid 10001 evergreen && install --directory --owner evergreen /models/model
USER 10001
EXPOSE 8500 8501
ENTRYPOINT ["tensorflow_model_server", "--port=8500", "--rest_api_port=8501"]
CMD ["--model_name=model", "--model_base_path=/models/model"]
